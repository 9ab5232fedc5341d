// What others do for the proxy has its time.

import { now } from "./clock.js";

/** @typedef {{ signal: AbortSignal, abort: () => void, moved: () => void }} Line */

/**
 * What `work(line)` gives within `limitMs` of its last call of `line.moved()`, and within `wholeMs` (not less); else
 * rejects with a `TimeoutError`, and `line.signal` is aborted. So it is by `line.abort()`. Neither timer nor unhandled
 * rejection is left.
 *
 * @template T
 * @param {number} limitMs
 * @param {string} what
 * @param {(line: Line) => T | PromiseLike<T>} work
 * @param {number} [wholeMs]
 * @returns {Promise<T>}
 */
export function within(limitMs, what, work, wholeMs = limitMs) {
  const controller = new AbortController();
  const endMs = now() + wholeMs;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const expire = () => {
      isOver = true;
      reject(new TimeoutError(`${what} took longer than ${limitMs / 1000} s`));
      controller.abort();
    };
    let timer = setTimeout(expire, limitMs);
    const moved = () => {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(expire, Math.min(limitMs, endMs - now()));
    };
    /** @type {<V>(how: (value: V) => void) => (value: V) => void} */
    const settle = (how) => (value) => {
      isOver = true;
      clearTimeout(timer);
      how(value);
    };
    // It may throw at once.
    new Promise((/** @type {(given: T | PromiseLike<T>) => void} */ begin) =>
      begin(work({ signal: controller.signal, abort: () => controller.abort(), moved })),
    ).then(settle(resolve), settle(reject));
  });
}

export class TimeoutError extends Error {}

/**
 * Longest of one call of the API, its answer read; of a result until it begins; of a body that a caller sends until
 * more of it comes.
 */
export const LIMIT_MS = 60_000;

const OPTIONS_LIMIT_MS = 10_000;

/**
 * The same for what the options bring, within 10 s. What is given at once is answered at once: a timer is among the
 * dearest things in workerd.
 *
 * @param {string} what
 * @param {() => any} work
 */
export function within10s(what, work) {
  const given = work();
  return typeof given?.then === "function" ? within(OPTIONS_LIMIT_MS, what, () => given) : given;
}
