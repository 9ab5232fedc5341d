// Makes a module ready once. A load that failed can be tried again; a second caller waits for the first one's, and
// tries its own where that fails.

import { given } from "../js/data.js";

/**
 * @typedef {WebAssembly.Module | ArrayBuffer | ArrayBufferView<ArrayBuffer>} Source What a module is made of, or it.
 * @typedef {Source | string | URL | undefined} Given The option `wasm`.
 * @typedef {() => Source | Promise<Source>} FindSource
 */

/**
 * `init`: the glue's own; `defaultModule()`: the module of the platform, throws where there is none; `probe`: an export
 * by which the right module is known. The glue keeps whatever it was given first, so a wrong one must not reach it.
 *
 * @param {Glue["init"]} init
 * @param {string} probe
 * @param {FindSource} defaultModule
 * @returns {(given?: Given) => Promise<void>}
 */
export function once(init, probe, defaultModule) {
  /** @type {Promise<void> | null} */
  let loading = null;
  const load = async (/** @type {FindSource} */ source) => {
    const given = await source();
    const module = given instanceof WebAssembly.Module ? given : await WebAssembly.compile(given);
    check(module, probe);
    await init({ module_or_path: module });
  };
  return async (given) => {
    const source = given === undefined ? defaultModule : sourceOf(given);
    while (loading !== null) {
      const others = loading;
      try {
        return await others;
      } catch {
        if (loading === others) loading = null;
      }
    }
    const own = load(source);
    loading = own;
    try {
      await own;
    } catch (error) {
      if (loading === own) loading = null;
      throw error;
    }
  };
}

/**
 * The same on Workers: at once, for there no request may wait for what another one began. They compile nothing: a
 * module is imported.
 *
 * @param {Glue["initSync"]} initSync
 * @param {string} probe
 * @param {WebAssembly.Module} defaultModule
 * @returns {(given?: Given) => Promise<void>}
 */
export function atOnce(initSync, probe, defaultModule) {
  let isReady = false;
  return async (given = defaultModule) => {
    if (isReady) return;
    if (!(given instanceof WebAssembly.Module))
      throw new TypeError("options.wasm must be a WebAssembly.Module here: Workers compile nothing");
    check(given, probe);
    initSync({ module: given });
    isReady = true;
  };
}

/**
 * The same where nobody gives a module of his own and that of the platform is there, or compiled while others wait:
 * done when it returns.
 *
 * @param {Glue["initSync"]} initSync
 * @param {string} probe
 * @param {() => WebAssembly.Module} defaultModule
 */
export function inPlace(initSync, probe, defaultModule) {
  let isReady = false;
  return () => {
    if (isReady) return;
    const module = defaultModule();
    check(module, probe);
    initSync({ module });
    isReady = true;
  };
}

/**
 * @param {WebAssembly.Module} module
 * @param {string} probe
 */
function check(module, probe) {
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === probe))
    throw new TypeError("this is not the WebAssembly module of this version");
}

/**
 * The option `wasm`: a URL, the bytes, or a compiled module.
 *
 * @param {Source | string | URL} wasm
 * @returns {FindSource}
 */
function sourceOf(wasm) {
  if (wasm instanceof WebAssembly.Module || wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return () => wasm;
  if (typeof wasm === "string" || wasm instanceof URL) return () => download(wasm);
  throw new TypeError("options.wasm must be a URL, the module's bytes, or a WebAssembly.Module");
}

/** @param {string | URL} url */
async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new TypeError(`options.wasm: ${url} was answered with ${response.status}`);
  return response.arrayBuffer();
}

/**
 * The embedded module, in a page: unpacked by the platform, compiled while it unpacks. Where the platform reads base64
 * itself, a page is ready 10 ms earlier: our own loop runs once, and is never optimised.
 *
 * @param {string} base64
 */
export function unpack(base64) {
  const bytes =
    given(Uint8Array, "fromBase64")?.call(Uint8Array, base64) ??
    Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  // Not a Blob's stream: browsers keep Blobs in another process, and to ask it takes 2 ms.
  const packed = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (new Response(bytes).body);
  const init = { __proto__: null, headers: { "content-type": "application/wasm" } };
  return WebAssembly.compileStreaming(new Response(packed.pipeThrough(new DecompressionStream("gzip")), init));
}
