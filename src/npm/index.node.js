import { gunzipSync } from "node:zlib";
import init from "#client-glue";
import embedded from "#client-wasm";
import { defineClient } from "./client.js";
import { once } from "./load.js";

export const { createClient, Client, RivyaError } = defineClient(
  once(init, "engine_new", () => gunzipSync(Buffer.from(embedded, "base64"))),
);
