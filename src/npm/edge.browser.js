import init from "#edge-glue";
import embedded from "#edge-wasm";
import { defineEdge } from "./edge.js";
import { once, unpack } from "./load.js";

const load = once(init, "edgerules_new", () => unpack(embedded));
export const { createProxy, EdgeProxy, verifyWebhook, memoryBudget, RivyaError } = defineEdge(() => load());
