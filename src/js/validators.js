// What an argument may be. A validator is a function that answers the value it was given, or throws what would be right
// at its path. A member of a schema has to be there unless it is `optional`.

import { isAbortSignal, isArray, isBlob, isObject, isUrl } from "./brands.js";
import { isLikeSignal } from "./signals.js";
import { wrong } from "./wrong.js";

/**
 * @template T
 * @typedef {(value: unknown, path: string) => T} Validator
 */

/** No text that the API takes is longer; a longer one would only fill the module's memory. */
const MAX_TEXT_CHARACTERS = 1_000_000;
/** Longer than any key; which ones are right, Rust says. */
const MAX_IDEMPOTENCY_KEY_CHARACTERS = 1_000;
const API_KEY = /^[!-~]{1,1000}$/;
export const FETCHER = "a function, or an object with a fetch method";

/** @typedef {(...values: any[]) => unknown} AnyFunction */
/** @typedef {AnyFunction | { fetch: AnyFunction }} Fetcher */

/**
 * @template T
 * @param {string} expected In words: "a boolean".
 * @param {(value: any) => boolean} accepts
 * @returns {Validator<T>}
 */
export const validator = (expected, accepts) => (value, path) =>
  accepts(value) ? /** @type {T} */ (value) : wrong(path, expected, value);

/** @type {(value: unknown) => boolean} */
const isText = (value) => typeof value === "string" && value.length <= MAX_TEXT_CHARACTERS;

/** @type {(min: number, max: number) => (value: unknown) => boolean} */
const isNumberFrom = (min, max) => (value) => typeof value === "number" && value >= min && value <= max;

/** @type {Validator<string>} */
export const text = validator(`a string of at most ${MAX_TEXT_CHARACTERS} characters`, isText);

/** @type {Validator<string>} */
export const boundedString = validator("a string", isText);

/** @type {Validator<string>} */
export const idempotencyKey = validator(
  "1 to 128 characters of printable ASCII",
  (value) => typeof value === "string" && value.length <= MAX_IDEMPOTENCY_KEY_CHARACTERS,
);

/** @type {Validator<boolean>} */
export const boolean = validator("a boolean", (value) => typeof value === "boolean");

/** @type {Validator<number>} */
export const number = validator("a number of at least 0", isNumberFrom(0, Number.MAX_VALUE));

/** @type {Validator<number>} */
export const numberOrInfinity = validator("a number of at least 0, or Infinity", isNumberFrom(0, Infinity));

/** @type {Validator<number>} */
export const positive = validator("a number of at least 1", isNumberFrom(1, Number.MAX_VALUE));

/** @type {Validator<AnyFunction>} */
export const callback = validator("a function", (value) => typeof value === "function");

/** @type {Validator<AbortSignal>} */
export const abortSignal = validator("an AbortSignal", (value) => isAbortSignal(value) || isLikeSignal(value));

/** @type {Validator<Blob>} */
export const blob = validator("a Blob or a File", isBlob);

/** @type {Validator<string | URL>} */
export const url = validator("a string or a URL", (value) => isText(value) || isUrl(value));

/** @type {Validator<unknown[]>} */
export const list = validator("an array", isArray);

/** @type {Validator<object>} */
export const object = validator("an object", (value) => isObject(value) && !isArray(value));

/**
 * Whether an object has the method is read when it is called.
 *
 * @type {Validator<Fetcher>}
 */
export const fetching = validator(FETCHER, isObject);

/**
 * A secret key. A wrong one is never shown: it is most often the right one with a blank behind it.
 *
 * @type {Validator<string>}
 */
export function apiKey(value, path) {
  const expected = "a key of the API: printable ASCII without blanks";
  if (typeof value !== "string") return wrong(path, expected, value);
  if (!API_KEY.test(value)) throw new TypeError(`${path} must be ${expected}`);
  return value;
}

/**
 * @template {string} T
 * @param {T[]} words
 * @returns {Validator<T>}
 */
export const oneOf = (...words) => validator(`one of "${words.join('", "')}"`, (value) => words.includes(value));
