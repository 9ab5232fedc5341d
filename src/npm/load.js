// Makes a module ready once. A load that failed can be tried again; a second caller waits for the first one's.

/** `init`: the glue's own; `defaultModule()`: the module of the platform; throws where there is none. */
export function once(init, defaultModule) {
  let loading = null;
  return async (given) => {
    const source = given === undefined ? defaultModule : sourceOf(given);
    loading ??= Promise.resolve(source())
      .then((module) => init({ module_or_path: module }))
      .catch((error) => {
        loading = null;
        throw error;
      });
    await loading;
  };
}

/** The option `wasm`: a URL, the bytes, or a compiled module. */
function sourceOf(wasm) {
  if (wasm instanceof WebAssembly.Module || wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return () => wasm;
  if (typeof wasm === "string" || wasm instanceof URL) return () => download(wasm);
  throw new TypeError("options.wasm must be a URL, the module's bytes, or a WebAssembly.Module");
}

async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new TypeError(`options.wasm: ${url} was answered with ${response.status}`);
  return response.arrayBuffer();
}

/** The embedded module, in a page: unpacked by the platform, compiled while it unpacks. */
export function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compileStreaming(new Response(stream, { headers: { "content-type": "application/wasm" } }));
}
