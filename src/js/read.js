// What a caller's object has, read once. Whatever its getters and proxies throw is a TypeError with the path that was
// read.

import { given, member } from "./data.js";

/** How much of what was thrown is shown. */
const REASON_CHARACTERS = 200;

/**
 * One member of a caller's object.
 *
 * @param {any} object
 * @param {string} key
 * @param {string} path
 * @returns {unknown}
 */
export const read = (object, key, path) => reading(path, () => given(object, key));

/**
 * One item of a caller's list: what stands on a prototype is none of its items.
 *
 * @param {unknown[]} list
 * @param {number} index
 * @param {string} path
 * @returns {unknown}
 */
export const readItem = (list, index, path) => reading(path, () => member(list, index));

/**
 * The length that a caller's list says it has.
 *
 * @param {unknown[]} list
 * @param {string} path
 */
export const readLength = (list, path) => /** @type {number} */ (read(list, "length", path));

/**
 * The names of the members of a caller's object.
 *
 * @param {object} object
 * @param {string} path
 */
export function readKeys(object, path) {
  try {
    return Object.keys(object);
  } catch {
    throw new TypeError(`${path} can't be read`);
  }
}

/**
 * @param {string} path
 * @param {() => unknown} get
 */
function reading(path, get) {
  try {
    return get();
  } catch (cause) {
    throw new TypeError(`${path} can't be read: ${reason(cause)}`, { cause });
  }
}

/**
 * What was thrown, in its own words: it may be anything.
 *
 * @param {any} cause
 */
export function reason(cause) {
  try {
    return String(cause?.message ?? cause).slice(0, REASON_CHARACTERS);
  } catch {
    return "it threw";
  }
}
