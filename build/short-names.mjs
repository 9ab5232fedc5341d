// wasm-bindgen names its imports for debuggers: `__wbg_new_5f28518387ad0e34`, once in the module and once in the glue,
// and so it does with its exports, of which the glue does not call all. Sixteen random digits don't compress; over a
// hundred of them are 3 kB of every visitor's download. Both sides get short names.

import {
  Reader,
  SECTION,
  exportsOf,
  moduleOf,
  named,
  sectionOfExports,
  sectionsOf,
  skipDescription,
  vectorOf,
} from "./wasm-sections.mjs";

const LONG_NAME = /\b__wb(?:g|indgen)_\w*?[0-9a-f]{16}\b/g;
/** How the glue names an export. */
const EXPORT = /\bwasm\.(\w+)/g;
/**
 * By the first the package knows its module (`src/npm/load.js`); by the others whoever watches one knows what it has.
 */
const KEPT = /^(?:\w*(?:rules|emulator)_new|__wbg_\w+_free|memory)$/;

/** The module without the exports that the glue does not call. */
export function dropUnusedExports(wasm, glue) {
  const used = new Set(Array.from(glue.matchAll(EXPORT), ([, name]) => name));
  return rewrite(wasm, SECTION.export, (content) =>
    sectionOfExports(exportsOf(content).filter(({ name }) => used.has(name))),
  );
}

/** The module and the glue, renamed alike. */
export function shortenNames(wasm, glue) {
  const imports = shortNames("i");
  const exports = shortNames("e");
  const renamed = [
    [
      SECTION.import,
      (content) => withImports(content, (name) => (name.match(LONG_NAME)?.[0] === name ? imports(name) : name)),
    ],
    [
      SECTION.export,
      (content) =>
        sectionOfExports(
          exportsOf(content).map((each) => ({ ...each, name: KEPT.test(each.name) ? each.name : exports(each.name) })),
        ),
    ],
  ].reduce((module, [id, change]) => rewrite(module, id, change), wasm);
  const inGlue = glue
    .replace(LONG_NAME, (name) => imports.known(name))
    .replace(EXPORT, (_, name) => `wasm.${exports.known(name)}`);
  return { wasm: renamed, glue: inGlue };
}

/** Answers a function from a name to its short one, the same for the same. */
function shortNames(letter) {
  const short = new Map();
  const shorten = (name) => {
    if (!short.has(name)) short.set(name, letter + short.size.toString(36));
    return short.get(name);
  };
  return Object.assign(shorten, { known: (name) => short.get(name) ?? name });
}

const rewrite = (wasm, id, change) =>
  moduleOf(
    wasm,
    sectionsOf(wasm).map((section) => (section.id === id ? { id, content: change(section.content) } : section)),
  );

function withImports(content, rename) {
  const reader = new Reader(content);
  const imports = reader.vector(() => [
    ...named(reader.name()),
    ...named(rename(reader.name())),
    ...reader.span(() => skipDescription(reader)),
  ]);
  if (!reader.isAtEnd) throw new Error("the import section does not end where it says");
  return vectorOf(imports);
}
