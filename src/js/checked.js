// Callers' arguments, read once and checked against a schema: an object of validators by the names of its members.
// Whatever is wrong is a TypeError that names its path, says what would be right and what it is. In JavaScript, because
// a check costs a tenth here of what it costs in WebAssembly; which options there are, Rust says.

import { isArray, isBlob, isObject } from "./brands.js";
import { read } from "./read.js";
import { wrong } from "./wrong.js";

/** @typedef {Record<string, import("./validators.js").Validator<any>>} Schema */
/**
 * @template {Schema} S
 * @typedef {{ [K in keyof S]: ReturnType<S[K]> }} Checked
 */

/**
 * The members of `value` that `schema` names, each of them there, as an object without a prototype. Nothing given is an
 * object without members.
 *
 * @template {Schema} S
 * @param {unknown} value
 * @param {string} path
 * @param {S} schema
 * @returns {Checked<S>}
 */
export function checked(value, path, schema) {
  const result = /** @type {any} */ ({ __proto__: null });
  if (value === undefined || value === null) value = result;
  else if (!isObject(value) || isArray(value) || isBlob(value)) wrong(path, "an object", value);
  // Own members alone: what another script adds to `Object.prototype` belongs to no schema.
  for (const [key, validate] of Object.entries(schema)) {
    const where = `${path}.${key}`;
    result[key] = validate(read(value, key, where), where);
  }
  return result;
}
