// Workers refuse WebAssembly from bytes: the module is imported, and bundled beside this file.
import module from "./client.wasm";
import { initSync } from "#client-glue";
import { defineClient } from "./client.js";
import { atOnce } from "./load.js";

export const { createClient, Client, RivyaError } = defineClient(atOnce(initSync, "engine_new", module));
