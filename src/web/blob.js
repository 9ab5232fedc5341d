// Files by handle. They are asked through the platform's own accessors: what a caller's object says of itself (an
// overridden `size`) is nobody's business.

import { member } from "../js/data.js";

/** @type {(type: { prototype: object }, name: string) => () => any} */
const getter = (type, name) => member(Object.getOwnPropertyDescriptor(type.prototype, name), "get");

/** @type {(blob: unknown) => number} */
export const sizeOf = (blob) => getter(Blob, "size").call(blob);
/** @param {Blob} blob */
export const typeOf = (blob) => String(getter(Blob, "type").call(blob));

/**
 * Undefined for a Blob, which has no name.
 *
 * @type {(blob: Blob) => string | undefined}
 */
export function nameOf(blob) {
  try {
    return getter(File, "name").call(blob) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The value counts, too: Node's Blob takes a proxy that answers everything for one of its own.
 *
 * @param {unknown} value
 */
export function isBlob(value) {
  try {
    return typeof sizeOf(value) === "number";
  } catch {
    return false;
  }
}

/** @type {WeakMap<Blob, number>} */
const numbers = new WeakMap();
let last = 0;

/**
 * A number that no other file of this process has.
 *
 * @param {Blob} blob
 */
export function identityOf(blob) {
  let number = numbers.get(blob);
  if (number === undefined) {
    last += 1;
    number = last;
    numbers.set(blob, number);
  }
  return number;
}

/** @type {(blob: Blob, start: number, end: number, type?: string) => Blob} */
export const sliceOf = (blob, start, end, type) => Blob.prototype.slice.call(blob, start, end, type);

/**
 * A file of Blobs and bytes. Empty where the platform can make none: its size tells.
 *
 * @type {(parts: BlobPart[], type: string) => Blob}
 */
export function joined(parts, type) {
  try {
    return new Blob(parts, /** @type {BlobPropertyBag} */ ({ __proto__: null, type }));
  } catch {
    return new Blob();
  }
}

/**
 * The bytes from `start` up to `end`, without that, or up to the file's own end; undefined where they can't be read.
 *
 * @type {(blob: Blob, start: number, end: number) => Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
export async function bytesOf(blob, start, end) {
  try {
    // A slice of a file that has changed on disk fails; of the file itself, other bytes would be read.
    const bytes = await Blob.prototype.arrayBuffer.call(sliceOf(blob, start, end));
    // Firefox answers with what is left of a file that was cut short.
    return bytes.byteLength === Math.min(end, sizeOf(blob)) - start ? new Uint8Array(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A copy in memory, in one piece; undefined where it can't be read.
 *
 * @param {Blob} blob
 */
export async function inMemory(blob) {
  const bytes = await bytesOf(blob, 0, sizeOf(blob));
  return bytes && joined([bytes], "");
}

/**
 * What a `blob:` URL names; undefined where it names nothing any more. It lives in this page alone.
 *
 * @type {(url: string, signal: AbortSignal) => Promise<Blob | undefined>}
 */
export async function openBlobUrl(url, signal) {
  try {
    const init = /** @type {RequestInit} */ ({ __proto__: null, method: "GET", body: null, signal });
    const response = await fetch(url, init);
    return response.ok ? await response.blob() : undefined;
  } catch {
    return undefined;
  }
}
