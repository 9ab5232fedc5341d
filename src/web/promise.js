// The end of a promise that somebody in Rust waits for. One function of the module's hears them all: each function that
// Rust makes for JavaScript is registered with the collector, and costs as much as the rest of the waiting.

/**
 * Calls `tell(number, isFulfilled, value)` when the promise settles.
 *
 * @param {Promise<unknown>} promise
 * @param {number} number
 * @param {(number: number, isFulfilled: boolean, value: unknown) => void} tell
 */
export function tellEnd(promise, number, tell) {
  promise.then(
    (value) => tell(number, true, value),
    (reason) => tell(number, false, reason),
  );
}
