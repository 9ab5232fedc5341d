// Callers' callbacks. Rust imports this file by itself, so it imports nothing but what Rust imports, too.

import { given } from "../js/data.js";

/**
 * An exception of a caller's own callback is the caller's: it surfaces as one, and the call goes on.
 *
 * @param {(argument: unknown) => void} callback
 * @param {unknown} argument
 */
export function notify(callback, argument) {
  try {
    callback(argument);
  } catch (error) {
    const report = given(globalThis, "reportError");
    if (typeof report === "function") report(error);
    else console.error(error);
  }
}
