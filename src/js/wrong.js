// What is thrown for an argument that is wrong: `options.timeoutMs must be a number of at least 0, not "soon"`.

import { isArray, isBlob, isSharedBuffer } from "./brands.js";
import { redact } from "./error.js";

/** How much of a string is shown. */
const SHOWN_CHARACTERS = 40;

/**
 * Throws. Runs none of the caller's code.
 *
 * @param {string} path
 * @param {string} expected What would be right.
 * @param {unknown} value
 * @returns {never}
 */
export function wrong(path, expected, value) {
  throw new TypeError(redact(`${path} must be ${expected}, not ${describe(value)}`));
}

/** @param {unknown} value */
function describe(value) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value);
    case "object":
      return describeObject(value);
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    default:
      return String(value);
  }
}

/** @param {object | null} value */
function describeObject(value) {
  if (value === null) return "null";
  if (isBlob(value)) return "a Blob";
  if (isArray(value)) return "an array";
  return isSharedBuffer(value) ? "a SharedArrayBuffer" : "an object";
}
