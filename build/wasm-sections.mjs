// The binary format, as far as the build rewrites it: WebAssembly core specification, chapter 5. A module is a list of
// sections.

/**
 * @typedef {{ id: number, content: Uint8Array }} Section
 * @typedef {{ name: string, kind: number, index: number }} Export
 */

export const SECTION = { custom: 0, import: 2, export: 7, code: 10 };

/** Reads bytes from the front. */
export class Reader {
  at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  get isAtEnd() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  u32() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  /** @param {number} length */
  take(length) {
    const from = this.at;
    this.at += length;
    return this.bytes.subarray(from, this.at);
  }

  name() {
    return new TextDecoder().decode(this.take(this.u32()));
  }

  /**
   * `each()` for every entry of a vector.
   *
   * @template T
   * @param {() => T} each
   */
  vector(each) {
    return Array.from({ length: this.u32() }, () => each());
  }

  /**
   * The bytes that `read()` goes over.
   *
   * @param {() => void} read
   */
  span(read) {
    const begin = this.at;
    read();
    return this.bytes.subarray(begin, this.at);
  }
}

/**
 * The sections of a module, `{ id, content }`, in order.
 *
 * @param {Uint8Array} wasm
 */
export function sectionsOf(wasm) {
  const reader = new Reader(wasm);
  reader.take(8);
  /** @type {Section[]} */
  const sections = [];
  while (!reader.isAtEnd) sections.push({ id: reader.byte(), content: reader.take(reader.u32()) });
  return sections;
}

/**
 * The module of such sections.
 *
 * @type {(wasm: Uint8Array, sections: Section[]) => Buffer}
 */
export const moduleOf = (wasm, sections) =>
  Buffer.concat([
    wasm.subarray(0, 8),
    ...sections.flatMap(({ id, content }) => [Uint8Array.of(id, ...leb(content.length)), content]),
  ]);

/**
 * A whole number, as the format writes it.
 *
 * @param {number} value
 */
export function leb(value) {
  /** @type {number[]} */
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

/**
 * A name, as the format writes it.
 *
 * @param {string} text
 */
export function named(text) {
  const bytes = new TextEncoder().encode(text);
  return [...leb(bytes.length), ...bytes];
}

/**
 * The content of a section that is one vector, of entries that are bytes.
 *
 * @param {Iterable<number>[]} entries
 */
export const vectorOf = (entries) =>
  Buffer.concat([Uint8Array.from(leb(entries.length)), ...entries.map((entry) => Uint8Array.from(entry))]);

/**
 * The exports of a module, `{ name, kind, index }`, and the content of a section of such.
 *
 * @param {Uint8Array} content
 * @returns {Export[]}
 */
export function exportsOf(content) {
  const reader = new Reader(content);
  return reader.vector(() => ({ name: reader.name(), kind: reader.byte(), index: reader.u32() }));
}

export const sectionOfExports = (/** @type {Export[]} */ exports) =>
  vectorOf(exports.map(({ name, kind, index }) => [...named(name), kind, ...leb(index)]));

/**
 * Goes over the description of an import: a function's type, a global, or a table or memory with its limits.
 *
 * @param {Reader} reader
 */
export function skipDescription(reader) {
  const kind = reader.byte();
  if (kind === 0) reader.u32();
  else if (kind === 3) reader.take(2);
  else {
    if (kind === 1) reader.byte();
    const flags = reader.byte();
    reader.u32();
    if (flags & 1) reader.u32();
  }
}
