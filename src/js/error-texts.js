// The texts of an error that was thrown, changed: keys are cut out of them.

import { define } from "./data.js";
import { RivyaError, errorOf } from "./error.js";

/** @typedef {<T>(text: T) => T} Change Of strings; what is none stays. */

/**
 * What was thrown, with `change` made to its texts: itself where that changes none, or where it is neither a
 * `RivyaError` nor a `TypeError`. Else a copy, for it may be somebody else's. The generation that it tells of is data,
 * and stays.
 *
 * @param {unknown} error
 * @param {(text: string) => string} change
 * @returns {unknown}
 */
export function withTexts(error, change) {
  /** @type {Change} */
  const changed = (text) => /** @type {typeof text} */ (typeof text === "string" ? change(text) : text);
  try {
    if (error instanceof RivyaError) return rivyaErrorWith(/** @type {any} */ (error), changed);
    return error instanceof TypeError ? typeErrorWith(error, changed) : error;
  } catch {
    // It is nothing that can be read: a caller's function may throw anything.
    return error;
  }
}

/**
 * @param {RivyaError & import("./error.js").Fields} error
 * @param {Change} changed
 */
function rivyaErrorWith(error, changed) {
  const { message, stack, code, requestId, issues } = error;
  const texts = [message, stack, code, requestId, ...issues.map((issue) => issue.message)];
  if (texts.every((text) => changed(text) === text)) return error;
  const changedIssues = issues.map((issue) => ({ ...issue, message: changed(issue.message) }));
  const copy = errorOf(changed(message), {
    ...error,
    code: changed(code),
    requestId: changed(requestId),
    issues: Object.freeze(changedIssues),
  });
  return withStack(copy, changed(stack));
}

/**
 * @param {TypeError} error
 * @param {Change} changed
 */
function typeErrorWith(error, changed) {
  const { message, stack } = error;
  if (changed(message) === message && changed(stack) === stack) return error;
  const options = Object.hasOwn(error, "cause") ? { __proto__: null, cause: error.cause } : undefined;
  return withStack(new TypeError(changed(message), options), changed(stack));
}

/** @type {(error: Error, stack: string | undefined) => object} */
const withStack = (error, stack) =>
  define(error, "stack", { __proto__: null, value: stack, configurable: true, writable: true });
