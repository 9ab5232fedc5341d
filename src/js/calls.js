// Every call in flight, so that a bug in the module rejects them all. On stable Rust a panic ends in a trap inside a microtask: the promise
// that waited for it would never settle, and the page would hang without a word.

import { makeError } from "./error.js";

const ends = new Set();
let crash = null;

const crashError = (mayHaveBeenCharged) =>
  makeError(
    "module_crashed", `rivya-wasm has crashed; reload the page or restart the process. (${crash})`, null, null, false, null, 0, mayHaveBeenCharged,
    null, [], null,
  );

/** Called by the panic hook, and where a trap surfaces. All later calls are refused: after a trap, memory may be inconsistent. */
export function crashed(message) {
  crash ??= message;
  for (const end of ends) end();
  ends.clear();
}

/** Runs a synchronous function of the module. */
export function guardSync(start) {
  if (crash !== null) throw crashError(false);
  try {
    return start();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    crashed(String(error.message));
    throw crashError(false);
  }
}

/** Runs a function of the module that returns a promise. `isSubmission`: what was sent when the module crashed may have been charged. */
export function guard(start, isSubmission = false) {
  return new Promise((resolve, reject) => {
    if (crash !== null) return reject(crashError(false));
    const end = () => reject(crashError(isSubmission));
    ends.add(end);
    const settle = (how, value) => {
      ends.delete(end);
      how(value);
    };
    const fail = (error) => {
      // A trap while a promise was made arrives as a rejection; the others in flight end with it, and so does this one.
      if (error instanceof WebAssembly.RuntimeError) crashed(String(error.message));
      settle(reject, error);
    };
    try {
      start().then((value) => settle(resolve, value), fail);
    } catch (error) {
      fail(error);
    }
  });
}
