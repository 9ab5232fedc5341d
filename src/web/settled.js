// A promise that somebody in Rust waits for.

/**
 * Calls `onSettled` with whether it was resolved, and with what. Answers the function that takes this back.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {(isResolved: boolean, value: unknown) => void} onSettled
 */
export function observe(promise, onSettled) {
  let isLeft = false;
  const settled = (/** @type {boolean} */ isResolved) => (/** @type {unknown} */ value) => {
    if (!isLeft) onSettled(isResolved, value);
  };
  promise.then(settled(true), settled(false));
  return () => {
    isLeft = true;
  };
}
