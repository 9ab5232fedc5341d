// A bug in the module ends every call in flight: after a trap its memory may be inconsistent, and nothing that it says
// can be relied on. Rust imports this file by itself, so it imports nothing but what Rust imports, too.

import { makeError } from "./error.js";

/** What ends each call in flight. */
export const running = new Set();
let crash = null;

/** Called by the panic hook, and where a trap surfaces. All later calls are refused. */
export function crashed(message) {
  crash ??= message;
  for (const end of [...running]) end();
}

/** Null as long as the module runs. `isSubmission`: what was sent when it crashed may have been charged. */
export const crashError = (isSubmission) =>
  crash === null
    ? null
    : Object.assign(
        makeError("module_crashed", `rivya-wasm has crashed; reload the page or restart the process. (${crash})`),
        {
          mayHaveBeenCharged: isSubmission,
        },
      );

/** An exception of the module: a trap, after which `crashError` is one; anything else is a value. */
export function surfaced(error) {
  if (error instanceof WebAssembly.RuntimeError) crashed(String(error.message));
}

/** Runs a synchronous function of the module. */
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
