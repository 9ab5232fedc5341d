// A caller's signal. The platform's own is asked through the platform's own accessors: one of its properties may throw.
// One of another kind (a realm with a class of its own, as a test of a page has it in Node) is asked as it is.

import { isAbortSignal, propertyOf } from "./brands.js";
import { reason } from "./read.js";

/** @type {(signal: AbortSignal) => boolean} */
const isPlatforms = isAbortSignal;

/**
 * Whether it can be asked as a signal is: one of a class that is not the platform's, as polyfills and test environments
 * have them.
 *
 * @param {any} value
 * @returns {value is AbortSignal}
 */
export function isLikeSignal(value) {
  try {
    const methods = [value.addEventListener, value.removeEventListener];
    return typeof value.aborted === "boolean" && methods.every((method) => typeof method === "function");
  } catch {
    return false;
  }
}

/**
 * Asks a signal; what it throws is told as what is wrong with the option.
 *
 * @template T
 * @param {string} name Of what is asked.
 * @param {() => T} ask
 * @returns {T}
 */
function asking(name, ask) {
  try {
    return ask();
  } catch (cause) {
    throw new TypeError(`options.signal.${name} can't be used: ${reason(cause)}`, { cause });
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {boolean}
 */
export const isAborted = (signal) =>
  isPlatforms(signal) ? propertyOf("AbortSignal", "aborted", signal) : asking("aborted", () => signal.aborted === true);

/**
 * Why it has fired: what a call rejects with, so there is always something.
 *
 * @param {AbortSignal} signal
 * @returns {unknown}
 */
export function abortReason(signal) {
  try {
    const given = isPlatforms(signal) ? propertyOf("AbortSignal", "reason", signal) : signal.reason;
    if (given !== undefined) return given;
  } catch {
    // It fired all the same.
  }
  return new DOMException("This operation was aborted", "AbortError");
}

/** @type {(signal: AbortSignal, callback: () => void) => void} */
export const listen = (signal, callback) =>
  asking("addEventListener", () =>
    isPlatforms(signal)
      ? EventTarget.prototype.addEventListener.call(signal, "abort", callback)
      : signal.addEventListener("abort", callback),
  );

/** @type {(signal: AbortSignal, callback: () => void) => void} */
export const unlisten = (signal, callback) => {
  try {
    if (isPlatforms(signal)) EventTarget.prototype.removeEventListener.call(signal, "abort", callback);
    else signal.removeEventListener("abort", callback);
  } catch {
    // It calls back once more, and finds nobody.
  }
};
