// Calls as `src/bindings/call.js` begins them, which is the package's alone: it asks the package's own module.

import { crashError, running } from "../../../src/js/crash.js";

/**
 * A call in flight: a crash of the module rejects it, and after one it is not even begun.
 *
 * @param {(resolve: (value: unknown) => void, reject: (error: unknown) => void) => number} start
 */
export const inFlight = (start) =>
  new Promise((resolve, reject) => {
    const before = crashError(false);
    if (before !== null) return reject(before);
    running.add(() => reject(crashError(false)));
    start(resolve, reject);
  });

/** Whatever waits for its turn has had it: the microtasks, and those that they have queued. */
export const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
