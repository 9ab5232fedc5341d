// A Web Lock as two functions: web-sys has it as unstable, and its callback must answer a promise.

/**
 * Asks for a lock, and calls `onAnswer` with true when it is held, with false when there is none to be had: a frame may
 * not have locks. It is called again where another script steals the lock. A shared one is not waited for. Answers the
 * function that gives it back, or gives it up.
 *
 * @param {string} name
 * @param {boolean} isShared
 * @param {(isHeld: boolean) => void} onAnswer
 */
export function requestLock(name, isShared, onAnswer) {
  const controller = new AbortController();
  let isOver = false;
  let release = () => {};
  /** @type {Promise<void>} */
  const held = new Promise((resolve) => (release = resolve));
  const answer = (/** @type {boolean} */ isHeld) => {
    if (!isOver) onAnswer(isHeld);
    return held;
  };
  const mode = isShared ? { mode: "shared", ifAvailable: true } : { signal: controller.signal };
  const options = /** @type {LockOptions} */ (/** @type {object} */ ({ __proto__: null, ...mode }));
  try {
    navigator.locks.request(name, options, () => answer(true)).catch(() => answer(false));
  } catch {
    void answer(false);
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
