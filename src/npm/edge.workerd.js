// Workers refuse WebAssembly from bytes: the module is imported, and bundled beside this file.
import module from "./edge.wasm";
import { initSync } from "#edge-glue";
import { defineEdge } from "./edge.js";

// At once: on Workers no request may wait for what another one began.
export const { createProxy, EdgeProxy, verifyWebhook, memoryBudget, RivyaError } = defineEdge(async () => void initSync({ module }));
