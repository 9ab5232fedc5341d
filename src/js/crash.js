// A bug in the module ends every call in flight: after a trap its memory may be inconsistent, and nothing that it says
// can be relied on. Rust imports this file by itself, so it imports nothing but what Rust imports, too.

import { makeError } from "./error.js";

/**
 * What ends each call in flight.
 *
 * @type {Set<() => void>}
 */
export const running = new Set();
/** @type {string | null} */
let crash = null;

/**
 * Called by the panic hook, and where a trap surfaces. All later calls are refused.
 *
 * @param {string} message
 */
export function crashed(message) {
  crash ??= message;
  for (const end of [...running]) end();
}

/**
 * Null as long as the module runs. `isSubmission`: what was sent when it crashed may have been charged.
 *
 * @param {boolean} isSubmission
 */
export const crashError = (isSubmission) =>
  crash === null
    ? null
    : Object.assign(
        makeError("module_crashed", `rivya-wasm has crashed; reload the page or restart the process. (${crash})`),
        {
          mayHaveBeenCharged: isSubmission,
        },
      );

/** What V8 and JavaScriptCore throw where the stack is exhausted, and what SpiderMonkey does. */
const STACK_ERRORS = ["RangeError", "InternalError"];

/**
 * What was thrown while the module ran: a trap, or the end of the stack, where frames of the module ended in the middle
 * of what they did. After either `crashError` is one; anything else is a value.
 *
 * @param {any} error
 */
export function surfaced(error) {
  if (error instanceof WebAssembly.RuntimeError || (error instanceof Error && STACK_ERRORS.includes(error.name)))
    crashed(String(error.message));
}

/**
 * Runs what the module does for nobody who waits: a call is dropped, memory is given back, a timer has ended. A trap in
 * it ends every call in flight; after that the module is asked nothing more.
 *
 * @param {() => void} work
 */
export function attempt(work) {
  if (crash !== null) return;
  try {
    work();
  } catch (error) {
    surfaced(error);
    if (crash === null) throw error;
  }
}

/**
 * A callback of the module's, for what the platform calls by itself.
 *
 * @param {(...values: any[]) => void} callback
 * @returns {(...values: any[]) => void}
 */
export const guarded =
  (callback) =>
  (...values) =>
    attempt(() => callback(...values));

/**
 * Runs a synchronous function of the module.
 *
 * @template T
 * @param {() => T} start
 * @returns {T}
 */
export function guard(start) {
  const before = crashError(false);
  if (before !== null) throw before;
  try {
    return start();
  } catch (error) {
    surfaced(error);
    throw crashError(false) ?? error;
  }
}
