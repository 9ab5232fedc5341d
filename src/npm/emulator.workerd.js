// Workers refuse WebAssembly from bytes: the module is imported, and bundled beside this file.
import module from "./emulator.wasm";
import { initSync } from "#emulator-glue";
import { defineEmulator } from "./emulator.js";
import { atOnce } from "./load.js";

export const { createEmulator, Emulator } = defineEmulator(atOnce(initSync, "rawemulator_new", module));
