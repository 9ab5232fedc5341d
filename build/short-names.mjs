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

/** @typedef {(content: Uint8Array) => Uint8Array} Change What is done to the content of a section. */

/**
 * The module without the exports that the glue does not call.
 *
 * @param {Uint8Array} wasm
 * @param {string} glue
 */
export function dropUnusedExports(wasm, glue) {
  const used = new Set(Array.from(glue.matchAll(EXPORT), ([, name]) => name));
  return rewrite(wasm, SECTION.export, (content) =>
    sectionOfExports(exportsOf(content).filter(({ name }) => used.has(name))),
  );
}

/**
 * The module and the glue, renamed alike.
 *
 * @param {Uint8Array} wasm
 * @param {string} glue
 */
export function shortenNames(wasm, glue) {
  const imports = shortNames("i");
  const exports = shortNames("e");
  /** @type {Change} */
  const withShortImports = (content) =>
    withImports(content, (name) => (name.match(LONG_NAME)?.[0] === name ? imports(name) : name));
  /** @type {Change} */
  const withShortExports = (content) =>
    sectionOfExports(
      exportsOf(content).map((each) => ({ ...each, name: KEPT.test(each.name) ? each.name : exports(each.name) })),
    );
  const renamed = rewrite(rewrite(wasm, SECTION.import, withShortImports), SECTION.export, withShortExports);
  const inGlue = glue
    .replace(LONG_NAME, (name) => imports.known(name))
    .replace(EXPORT, (_, name) => `wasm.${exports.known(name)}`);
  return { wasm: renamed, glue: inGlue };
}

/**
 * Answers a function from a name to its short one, the same for the same.
 *
 * @param {string} letter
 */
function shortNames(letter) {
  /** @type {Map<string, string>} */
  const short = new Map();
  const known = (/** @type {string} */ name) => short.get(name) ?? name;
  const shorten = (/** @type {string} */ name) => {
    if (!short.has(name)) short.set(name, letter + short.size.toString(36));
    return known(name);
  };
  return Object.assign(shorten, { known });
}

/** @type {(wasm: Uint8Array, id: number, change: Change) => Uint8Array} */
const rewrite = (wasm, id, change) =>
  moduleOf(
    wasm,
    sectionsOf(wasm).map((section) => (section.id === id ? { id, content: change(section.content) } : section)),
  );

/** @type {(content: Uint8Array, rename: (name: string) => string) => Uint8Array} */
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
