// Workers refuse WebAssembly from bytes: the module is imported, and bundled beside this file.
import module from "./edge.wasm";
import { initSync } from "#edge-glue";
import { defineEdge } from "./edge.js";
import { inPlace } from "./load.js";

const load = inPlace(initSync, "edgerules_new", () => module);
export const { createProxy, EdgeProxy, verifyWebhook, memoryBudget, RivyaError } = defineEdge(() => load());
