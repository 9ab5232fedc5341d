import { gunzipSync } from "node:zlib";
import init from "#edge-glue";
import embedded from "#edge-wasm";
import { defineEdge } from "./edge.js";
import { once } from "./load.js";

const load = once(init, "edgerules_new", () => gunzipSync(Buffer.from(embedded, "base64")));
export const { createProxy, EdgeProxy, verifyWebhook, memoryBudget, RivyaError } = defineEdge(() => load());
