// A crate that uses the standard library has its panic handler, which formats every message, and links what that needs:
// over a kilobyte of every visitor's download, for a text that nobody asked for. The handler's body becomes a call of
// the crate's own (`src/js/panic.rs`).

import {
  Reader,
  SECTION,
  exportsOf,
  leb,
  moduleOf,
  sectionOfExports,
  sectionsOf,
  skipDescription,
  vectorOf,
} from "./wasm-sections.mjs";

/** What the compiler calls where a panic begins, and where no memory is left, which ends in a trap in any case. */
const PANICS = /^(?:__rustc\[\w+\]::)?rust_begin_unwind$/;
const OUT_OF_MEMORY = /^(?:__rustc\[\w+\]::)?__rust_alloc_error_handler$/;
const OWN = "rivya_panicked";
const [UNREACHABLE, END, CALL, LOCAL_GET] = [0x00, 0x0b, 0x10, 0x20];
const FUNCTION = 0;
const FUNCTION_NAMES = 1;

/**
 * The module with our handler, which is no export any more. Both take a reference to the same `PanicInfo` and don't
 * return.
 *
 * @param {Uint8Array} wasm
 */
export function replacePanicHandler(wasm) {
  const sections = sectionsOf(wasm);
  const content = (/** @type {number} */ id) => {
    const section = sections.find((each) => each.id === id);
    if (section === undefined) throw new Error(`the module has no section ${id}`);
    return section.content;
  };
  const exports = exportsOf(content(SECTION.export));
  const own = exports.find(({ name }) => name === OWN);
  if (own === undefined) throw new Error(`the module has no ${OWN}`);
  const code = new Reader(content(SECTION.code));
  /** @type {Iterable<number>[]} */
  const bodies = code.vector(() => code.span(() => code.take(code.u32())));
  const imported = importedFunctions(content(SECTION.import));
  const names = functionNames(sections);
  /** @type {(handler: RegExp, body: number[]) => void} */
  const replace = (handler, body) => {
    const found = names.filter(([, name]) => handler.test(name));
    if (found.length !== 1) throw new Error(`the module has ${found.length} functions that are called ${handler}`);
    bodies[found[0][0] - imported] = [...leb(body.length + 2), 0, ...body, END];
  };
  replace(PANICS, [LOCAL_GET, 0, CALL, ...leb(own.index), UNREACHABLE]);
  replace(OUT_OF_MEMORY, [UNREACHABLE]);
  const kept = sectionOfExports(exports.filter(({ name }) => name !== OWN));
  /** @type {Record<number, Uint8Array>} */
  const replaced = { [SECTION.code]: vectorOf(bodies), [SECTION.export]: kept };
  return moduleOf(
    wasm,
    sections.map((section) => ({ ...section, content: replaced[section.id] ?? section.content })),
  );
}

/** @param {Uint8Array} content */
function importedFunctions(content) {
  const reader = new Reader(content);
  const kinds = reader.vector(() => {
    reader.name();
    reader.name();
    return reader.span(() => skipDescription(reader))[0];
  });
  return kinds.filter((kind) => kind === FUNCTION).length;
}

/**
 * `[index, name]` of every function, as the section of names has it.
 *
 * @param {import("./wasm-sections.mjs").Section[]} sections
 * @returns {[number, string][]}
 */
function functionNames(sections) {
  for (const { id, content } of sections) {
    const reader = new Reader(content);
    if (id !== SECTION.custom || reader.name() !== "name") continue;
    while (!reader.isAtEnd) {
      const [part, names] = [reader.byte(), new Reader(reader.take(reader.u32()))];
      if (part === FUNCTION_NAMES) return names.vector(() => [names.u32(), names.name()]);
    }
  }
  return [];
}
