// wasm-bindgen names its imports for debuggers: `__wbg_new_5f28518387ad0e34`, once in the module and once in the glue. Sixteen random digits
// don't compress; over a hundred of them are 3 kB of every visitor's download. Both sides get short names.

const IMPORT_SECTION = 2;
const LONG_NAME = /\b__wb(?:g|indgen)_\w*?[0-9a-f]{16}\b/g;

/** The module and the glue, renamed alike. */
export function renameImports(wasm, glue) {
  const short = new Map();
  const shorten = (name) => {
    if (!short.has(name)) short.set(name, `i${short.size.toString(36)}`);
    return short.get(name);
  };
  const renamed = rewriteImports(wasm, (name) => (name.match(LONG_NAME)?.[0] === name ? shorten(name) : name));
  return { wasm: renamed, glue: glue.replace(LONG_NAME, (name) => short.get(name) ?? name) };
}

/** The binary format, WebAssembly core specification 5.5: sections of id, size and content; the import section is a vector of names. */
function rewriteImports(wasm, rename) {
  const parts = [wasm.subarray(0, 8)];
  let at = 8;
  const u32 = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  while (at < wasm.length) {
    const begin = at;
    const id = wasm[at++];
    const size = u32();
    const end = at + size;
    if (id !== IMPORT_SECTION) {
      parts.push(wasm.subarray(begin, end));
      at = end;
      continue;
    }
    const content = [];
    const name = () => {
      const length = u32();
      return new TextDecoder().decode(wasm.subarray(at, (at += length)));
    };
    const count = u32();
    content.push(...leb(count));
    for (let index = 0; index < count; index += 1) {
      for (const text of [name(), rename(name())]) {
        const bytes = new TextEncoder().encode(text);
        content.push(...leb(bytes.length), ...bytes);
      }
      const description = at;
      skipDescription();
      content.push(...wasm.subarray(description, at));
    }
    if (at !== end) throw new Error("the import section does not end where it says");
    parts.push(Uint8Array.of(id, ...leb(content.length)), Uint8Array.from(content));
  }
  return Buffer.concat(parts);

  function skipDescription() {
    const kind = wasm[at++];
    if (kind === 0) return u32(); // a function's type
    if (kind === 3) return (at += 2); // a global's type and mutability
    if (kind === 1) at += 1; // a table's element type, then its limits
    const flags = wasm[at++];
    u32();
    return flags & 1 ? u32() : 0;
  }
}

function leb(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}
