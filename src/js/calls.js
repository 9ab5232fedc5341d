// Every call in flight, so that a bug in the module rejects them all. On stable Rust a panic ends in a trap inside a microtask: the promise
// that waited for it would never settle, and the page would hang without a word.

import { makeError } from "./error.js";

const rejects = new Set();
let crash = null;

const crashError = () =>
  makeError("module_crashed", `rivya-wasm has crashed; reload the page or restart the process. (${crash})`, null, null, false, null, 0, false, null, [], null);

/** Called by the panic hook, and where a trap surfaces. All later calls are refused: after a trap, memory may be inconsistent. */
export function crashed(message) {
  crash ??= message;
  for (const reject of rejects) reject(crashError());
  rejects.clear();
}

function ours(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return error;
  crashed(String(error.message));
  return crashError();
}

/** Runs a synchronous function of the module. */
export function guardSync(start) {
  if (crash !== null) throw crashError();
  try {
    return start();
  } catch (error) {
    throw ours(error);
  }
}

/** Runs a function of the module that returns a promise. */
export function guard(start) {
  return new Promise((resolve, reject) => {
    if (crash !== null) return reject(crashError());
    rejects.add(reject);
    const settled = (how) => (value) => {
      rejects.delete(reject);
      how(value);
    };
    try {
      start().then(settled(resolve), settled(reject));
    } catch (error) {
      settled(reject)(ours(error));
    }
  });
}
