import { gunzipSync } from "node:zlib";
import init from "#emulator-glue";
import embedded from "#emulator-wasm";
import { defineEmulator } from "./emulator.js";
import { once } from "./load.js";

export const { createEmulator, Emulator } = defineEmulator(
  once(init, "rawemulator_new", () => gunzipSync(Buffer.from(embedded, "base64"))),
);
