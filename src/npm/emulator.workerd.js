// Workers refuse WebAssembly from bytes: the module is imported, and bundled beside this file.
import module from "./emulator.wasm";
import init from "#emulator-glue";
import { defineEmulator } from "./emulator.js";
import { once } from "./load.js";

export const { createEmulator, Emulator } = defineEmulator(once(init, "rawemulator_new", () => module));
