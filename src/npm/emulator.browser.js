import init from "#emulator-glue";
import embedded from "#emulator-wasm";
import { defineEmulator } from "./emulator.js";
import { once, unpack } from "./load.js";

export const { createEmulator, Emulator } = defineEmulator(once(init, "rawemulator_new", () => unpack(embedded)));
