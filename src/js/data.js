// Members of objects, whatever other scripts have added to the prototypes. Any script of a page can put a member on
// `Object.prototype`, and then every object seems to have it: a member of our own objects counts only where it is their
// own, one of a caller's object also where one of its classes has it. Objects that we make and read by name have no
// prototype: `{ __proto__: null, … }`. Rust imports this file by itself.

/** More classes than anybody derives from each other; a proxy may name prototypes without end. */
const MAX_PROTOTYPES = 100;

/**
 * An own member, of plain data or of a caller's list; undefined where there is none, or no object.
 *
 * @param {any} object
 * @param {PropertyKey} key
 * @returns {any}
 */
export const member = (object, key) =>
  object !== undefined && object !== null && Object.hasOwn(object, key) ? object[key] : undefined;

/**
 * A member of a caller's object, its own or one of its classes'. What stands on the last prototype, `Object.prototype`
 * of whichever realm, is nobody's option. What no object of the chain owns is asked for as ever: a proxy, or a stub of
 * Workers' RPC, may answer all the same.
 *
 * @param {any} object
 * @param {PropertyKey} key
 * @returns {any}
 */
export function given(object, key) {
  let holder = object;
  for (let left = MAX_PROTOTYPES; left > 0; left -= 1) {
    const prototype = Object.getPrototypeOf(holder);
    if (Object.hasOwn(holder, key)) return prototype === null && holder !== object ? undefined : object[key];
    if (prototype === null) return object[key];
    holder = prototype;
  }
  throw new TypeError(`it has over ${MAX_PROTOTYPES} prototypes`);
}

/**
 * `Object.defineProperty`. A descriptor with a prototype would take a `get` that stands there for its own.
 *
 * @type {(object: object, key: PropertyKey, descriptor: PropertyDescriptor & { __proto__: null }) => object}
 */
export const define = Object.defineProperty;

/**
 * Sets an own member. An assignment would call a setter that stands on a prototype instead, or throw where that is
 * frozen.
 *
 * @param {object} object
 * @param {PropertyKey} key
 * @param {unknown} value
 */
export const setMember = (object, key, value) => {
  define(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
};

/** An object that we read by name. */
export const makeRecord = () => ({ __proto__: null });

/**
 * Whether plain data, as `JSON.parse` made it, has lists and objects in each other to more than `levels`. Without
 * recursion: the stack is small.
 *
 * @param {unknown} data
 * @param {number} levels
 */
export function nestsDeeper(data, levels) {
  let level = [data].filter(isContainer);
  for (let left = levels; level.length > 0; left -= 1) {
    if (left === 0) return true;
    level = level.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
const isContainer = (value) => typeof value === "object" && value !== null;
