// Workers refuse WebAssembly from bytes: the module is imported, and bundled beside this file.
import module from "./client.wasm";
import init from "#client-glue";
import { defineClient } from "./client.js";
import { once } from "./load.js";

export const { createClient, Client, RivyaError } = defineClient(once(init, "rules_new", () => module));
