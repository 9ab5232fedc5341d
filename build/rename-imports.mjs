// wasm-bindgen names its imports for debuggers: `__wbg_new_5f28518387ad0e34`, once in the module and once in the glue. Sixteen random digits
// don't compress; over a hundred of them are 3 kB of every visitor's download. Both sides get short names.

import { Reader, SECTION, moduleOf, named, sectionsOf, skipDescription, vectorOf } from "./wasm-sections.mjs";

const LONG_NAME = /\b__wb(?:g|indgen)_\w*?[0-9a-f]{16}\b/g;

/** The module and the glue, renamed alike. */
export function renameImports(wasm, glue) {
  const short = new Map();
  const rename = (name) => {
    if (name.match(LONG_NAME)?.[0] !== name) return name;
    if (!short.has(name)) short.set(name, `i${short.size.toString(36)}`);
    return short.get(name);
  };
  const sections = sectionsOf(wasm).map(({ id, content }) => ({ id, content: id === SECTION.import ? renamed(content, rename) : content }));
  return { wasm: moduleOf(wasm, sections), glue: glue.replace(LONG_NAME, (name) => short.get(name) ?? name) };
}

function renamed(content, rename) {
  const reader = new Reader(content);
  const imports = reader.vector(() => [...named(reader.name()), ...named(rename(reader.name())), ...reader.span(() => skipDescription(reader))]);
  if (!reader.isAtEnd) throw new Error("the import section does not end where it says");
  return vectorOf(imports);
}
