/**
 * `rivya-wasm` without its module: `createClient({ wasm })` needs `rivya-wasm/client.wasm`, as a URL, its bytes, or
 * compiled.
 */
export * from "./index.js";
