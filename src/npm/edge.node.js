import { gunzipSync } from "node:zlib";
import { initSync } from "#edge-glue";
import embedded from "#edge-wasm";
import { defineEdge } from "./edge.js";
import { inPlace } from "./load.js";

// It takes some milliseconds, once: so options that are wrong are told where they are given.
const load = inPlace(
  initSync,
  "edgerules_new",
  () => new WebAssembly.Module(gunzipSync(Buffer.from(embedded, "base64"))),
);
export const { createProxy, EdgeProxy, verifyWebhook, memoryBudget, RivyaError } = defineEdge(() => load());
