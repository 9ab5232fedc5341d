/**
 * The client's module, for `createClient` of `rivya-wasm/slim`. This is what a plain import gives on Workers; a bundler
 * gives what its own suffix asks for (`rivya-wasm/client.wasm?url` in Vite: the module's address).
 */
declare const module: WebAssembly.Module;
export default module;
