// What an object is, by questions that only the platform's own accessors answer safely: a brand check runs no code of a
// caller's object, be it a proxy, an object of another realm, or a look-alike.

import { member } from "./data.js";
import { globalOf } from "./environment.js";

/**
 * The types that are known by a property of theirs.
 *
 * @typedef {object} Branded
 * @property {AbortSignal} AbortSignal
 * @property {ArrayBuffer} ArrayBuffer
 * @property {Blob} Blob
 * @property {ReadableStream<unknown>} ReadableStream
 * @property {SharedArrayBuffer} SharedArrayBuffer
 * @property {URL} URL
 */

/**
 * A property of an object of the platform's, through the platform's own accessor: what the object itself says (an
 * overridden `size`) is not asked. Throws where the object is of another type, or the platform has no such type.
 *
 * @param {string} type
 * @param {string} name
 * @param {unknown} object
 */
export const propertyOf = (type, name, object) =>
  member(Object.getOwnPropertyDescriptor(globalOf(type).prototype, name), "get").call(object);

/**
 * A check by the property `name`. Its value counts, too: Node's Blob takes a proxy that answers everything for one of
 * its own.
 *
 * @template {keyof Branded} T
 * @param {T} type
 * @param {string} name
 * @param {string} kind
 */
const hasBrand =
  (type, name, kind) =>
  /**
   * @param {unknown} value
   * @returns {value is Branded[T]}
   */
  (value) => {
    try {
      return typeof propertyOf(type, name, value) === kind;
    } catch {
      return false;
    }
  };

export const isBlob = hasBrand("Blob", "size", "number");
export const isUrl = hasBrand("URL", "href", "string");
export const isStream = /* @__PURE__ */ hasBrand("ReadableStream", "locked", "boolean");
export const isArrayBuffer = hasBrand("ArrayBuffer", "byteLength", "number");
export const isSharedBuffer = hasBrand("SharedArrayBuffer", "byteLength", "number");

const hasSignalBrand = hasBrand("AbortSignal", "aborted", "boolean");
/**
 * A proxy that answers everything answers for its tag, too, and not with a word. Workers with an older compatibility
 * date have no tag.
 *
 * @param {unknown} value
 * @returns {value is AbortSignal}
 */
export function isAbortSignal(value) {
  try {
    // The tag is read of whatever has the brand.
    return hasSignalBrand(value) && ["string", "undefined"].includes(typeof Reflect.get(value, Symbol.toStringTag));
  } catch {
    return false;
  }
}

/**
 * @param {unknown} value
 * @returns {value is unknown[]}
 */
export function isArray(value) {
  try {
    return Array.isArray(value); // throws for a revoked proxy
  } catch {
    return false;
  }
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
export const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
