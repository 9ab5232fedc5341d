// The module is apart, at `rivya-wasm/client.wasm`: `createClient({ wasm: url })`.
import init from "#client-glue";
import { defineClient } from "./client.js";
import { once } from "./load.js";

/** @returns {never} */
function missing() {
  throw new TypeError(
    'options.wasm must name the module: a URL of "rivya-wasm/client.wasm", its bytes, or a WebAssembly.Module',
  );
}

export const { createClient, Client, RivyaError } = defineClient(once(init, "engine_new", missing));
