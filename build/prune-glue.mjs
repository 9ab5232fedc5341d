// wasm-bindgen's glue is ready for whoever loads it in whatever way, for platforms of years ago, and for a function
// that is called a million times a second. This package loads the module in two ways (`src/npm/load.js`), names the
// platforms that it runs on, and asks the module a few times a call. What is not needed for that is left out of the
// client's glue, for every visitor pays for it.

/** @type {(found: string, members: string) => string} */
const withoutNumbers = (_, members) => members.replace(/"\d+": "\w+",/g, "");

/**
 * What is replaced, each by a pattern that has to be found: another version of wasm-bindgen may write it otherwise.
 *
 * @type {{ from: string | RegExp, to: string | typeof withoutNumbers }[]}
 */
const CHANGES = [
  // Strings go in as the platform encodes them.
  {
    from: /^function passStringToWasm0\([\s\S]*?^}\n/m,
    to: "function passStringToWasm0(text) {\n    return passArray8ToWasm0(new TextEncoder().encode(text));\n}\n",
  },
  {
    from: /^function passArray8ToWasm0\(arg, malloc\) {\n +const ptr = malloc\(/m,
    to: "function passArray8ToWasm0(arg) {\n    const ptr = wasm.__wbindgen_malloc(",
  },
  { from: /, wasm\.__wbindgen_malloc(?:, wasm\.__wbindgen_realloc)?\)/g, to: ")" },
  { from: /^const cachedTextEncoder = [\s\S]*?^}\n/m, to: "" },
  // A decoder for each text: no one decodes so much that Safari refuses it.
  { from: /^let cachedTextDecoder[\s\S]*?^}\n/m, to: "" },
  {
    from: "return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));",
    to: "return new TextDecoder('utf-8', { ignoreBOM: true, fatal: false }).decode(getUint8ArrayMemory0().subarray(ptr, ptr + len));",
  },
  // A view for each access: none of a memory that has grown since.
  {
    from: /^let cachedDataViewMemory0[\s\S]*?^}\n/m,
    to: "const getDataViewMemory0 = () => new DataView(wasm.memory.buffer);\n",
  },
  {
    from: /^let cachedUint8ArrayMemory0[\s\S]*?^}\n/m,
    to: "const getUint8ArrayMemory0 = () => new Uint8Array(wasm.memory.buffer);\n",
  },
  { from: / +cached(?:DataView|Uint8Array)Memory0 = null;\n/g, to: "" },
  // Nobody but this package sees the classes, and it frees them itself.
  { from: /^if \(Symbol\.dispose\) .*\n/gm, to: "" },
  // Members that only the glue's own classes know.
  { from: /__wbg_ptr/g, to: "ptr" },
  { from: /__destroy_into_raw/g, to: "take" },
  // Nobody asks what a number is called.
  { from: /Object\.freeze\(({(?:[^{}"]|"\w+")*})\)/g, to: withoutNumbers },
  // What is loaded is a module already.
  {
    from: /^let wasmModule, wasmInstance, wasm;[\s\S]*/m,
    to: `let wasm;
function start({ exports }) {
    wasm = exports;
    wasm.__wbindgen_start();
}

export function initSync({ module }) {
    start(new WebAssembly.Instance(module, __wbg_get_imports()));
}

export default async function init({ module_or_path }) {
    start(await WebAssembly.instantiate(module_or_path, __wbg_get_imports()));
}
`,
  },
];

/**
 * The glue without what this package does not need of it.
 *
 * @param {string} glue
 */
export function pruneGlue(glue) {
  return CHANGES.reduce((text, { from, to }) => {
    const pruned = typeof to === "string" ? text.replace(from, to) : text.replace(from, to);
    if (pruned === text) throw new Error(`wasm-bindgen's glue is not what it was: ${from} is not found in it`);
    return pruned;
  }, glue);
}
