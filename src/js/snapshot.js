// A caller's object is read once, here, into plain data. What was checked is then what is sent: a getter can't answer
// differently the second time, and neither a cycle, a proxy without end, nor ten million empty slots reaches the
// module, whose stack and memory are small.

import { read, readItem, reason } from "./read.js";

const MAX_DEPTH = 16;
const MAX_NODES = 10_000;
const MAX_CHARACTERS = 1_000_000;

/** @typedef {{ nodes: number, characters: number }} Left What one object may still have. */

/** @type {(path: string, key: string | number) => string} */
const at = (path, key) =>
  typeof key === "number"
    ? `${path}[${key}]`
    : /^[A-Za-z_$][\w$]*$/.test(key)
      ? `${path}.${key}`
      : `${path}[${JSON.stringify(key.slice(0, 80))}]`;

/**
 * JSON's six kinds of value, copied; anything else is a TypeError that names its path. `undefined` members are left
 * out, as JSON does.
 *
 * @param {unknown} value
 * @param {string} path
 * @returns {any}
 */
export function snapshot(value, path) {
  const left = { nodes: MAX_NODES, characters: MAX_CHARACTERS };
  return copy(value, path, 0, left);
}

/**
 * @param {unknown} value
 * @param {string} path
 * @param {number} depth
 * @param {Left} left
 * @returns {unknown}
 */
function copy(value, path, depth, left) {
  if (--left.nodes < 0) throw new TypeError(`${path}: more than ${MAX_NODES} values in one object`);
  if (depth > MAX_DEPTH) throw new TypeError(`${path}: nested deeper than ${MAX_DEPTH} levels, or a cycle`);
  switch (typeof value) {
    case "string":
      left.characters -= value.length;
      if (left.characters < 0) throw new TypeError(`${path}: more than ${MAX_CHARACTERS} characters in one object`);
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${path} must be a finite number, not ${value}`);
      return value;
    case "object":
      return value === null ? null : container(value, path, depth, left);
    default:
      throw new TypeError(`${path} must be plain data (string, number, boolean, array, object), not a ${typeof value}`);
  }
}

/**
 * @param {any} value
 * @param {string} path
 * @param {number} depth
 * @param {Left} left
 */
function container(value, path, depth, left) {
  /** @type {(string | number)[]} */
  let keys;
  let list;
  try {
    list = Array.isArray(value);
    if (list) {
      if (value.length > left.nodes) throw new RangeError(`more than ${MAX_NODES} values`);
      keys = Array.from({ length: value.length }, (_, index) => index);
    } else {
      const prototype = Object.getPrototypeOf(value);
      // Another realm's `Object.prototype` is plain, too: it has no prototype of its own.
      if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw new TypeError("not a plain object");
      keys = Object.keys(value);
    }
  } catch (cause) {
    throw new TypeError(`${path} must be plain data (an object or an array): ${reason(cause)}`, { cause });
  }
  const members = [];
  for (const key of keys) {
    const where = at(path, key);
    if (key === "__proto__") throw new TypeError(`${where} is no name that can be sent`);
    const found = typeof key === "number" ? readItem(value, key, where) : read(value, key, where);
    if (found !== undefined) members.push([key, copy(found, where, depth + 1, left)]);
    else if (list) throw new TypeError(`${where} is missing`);
  }
  return list ? members.map(([, item]) => item) : Object.fromEntries(members);
}
