// A Web Lock as two functions: web-sys has it as unstable, and its callback must answer a promise.

/** @typedef {"held" | "taken" | "unavailable"} LockAnswer */

/**
 * Asks for a lock, and calls `onAnswer`: with `held` when it is ours, with `taken` where it was refused since somebody
 * else has it, with `unavailable` where there are no locks to be had: a frame may not have any. It is called again
 * where another script steals the lock. A shared one is not waited for. Answers the function that gives it back, or
 * gives it up.
 *
 * @param {string} name
 * @param {LockMode} mode
 * @param {(answer: LockAnswer) => void} onAnswer
 */
export function requestLock(name, mode, onAnswer) {
  const controller = new AbortController();
  let isOver = false;
  let release = () => {};
  /** @type {Promise<void>} */
  const held = new Promise((resolve) => (release = resolve));
  const answer = (/** @type {LockAnswer} */ given) => {
    if (!isOver) onAnswer(given);
    return held;
  };
  const how = mode === "shared" ? { mode, ifAvailable: true } : { signal: controller.signal };
  const options = /** @type {LockOptions} */ (/** @type {object} */ ({ __proto__: null, ...how }));
  try {
    navigator.locks
      .request(name, options, (lock) => answer(lock === null ? "taken" : "held"))
      .catch(() => answer("unavailable"));
  } catch {
    void answer("unavailable");
  }
  return () => {
    isOver = true;
    release();
    controller.abort();
  };
}

/** The names of the locks that are held, by whichever page. */
export async function namesHeld() {
  try {
    const { held } = /** @type {{ held: LockInfo[] }} */ (await navigator.locks.query());
    return held.map(({ name }) => name);
  } catch {
    return [];
  }
}
