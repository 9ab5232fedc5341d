// The end of a promise that somebody in Rust waits for.

/**
 * Settles as a promise does, or rejects once the signal is aborted. A caller's fetch may heed no signal and never
 * answer, and what waits in Rust for a promise holds its memory until that one settles.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
export const untilAborted = (promise, signal) =>
  new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    /** @type {<V>(how: (value: V) => void) => (value: V) => void} */
    const settle = (how) => (value) => {
      signal.removeEventListener("abort", leave);
      how(value);
    };
    signal.addEventListener("abort", leave);
    promise.then(settle(resolve), settle(reject));
  });
