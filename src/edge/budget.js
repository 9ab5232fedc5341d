// Counters of one process. What is counted lies in memory, and every question is answered in one turn: nothing comes
// between check and count.

import { checked } from "../js/checked.js";
import { now } from "./clock.js";
import { number, numberOrInfinity, text } from "../js/validators.js";

/** Sums of fractions are off by their rounding: three tenths must fit into 0.3. */
const ROUNDING = 1e-9;
/** With fewer ids than this nobody looks for keys that are asked no more. */
const MIN_SWEEP_IDS = 1_000;

const SETTLE = { key: text, id: text, amount: number };
const TAKE = { ...SETTLE, limit: numberOrInfinity, windowMs: number };

/** @typedef {import("../js/checked.js").Checked<typeof TAKE>} Take */
/** @typedef {import("../js/checked.js").Checked<typeof SETTLE>} Settle */

/** `Budget` of `edge.d.ts`, for one process. */
export function memoryBudget() {
  const counters = new Counters();
  return {
    take: async (/** @type {unknown} */ query) => counters.take(checked(query, "query", TAKE), now()),
    settle: async (/** @type {unknown} */ query) => counters.settle(checked(query, "query", SETTLE)),
  };
}

/** A window for each key that has ids. */
export class Counters {
  /** @type {Map<string, SlidingWindow>} */
  #windows = new Map();
  #ids = 0;
  #sweepAt = MIN_SWEEP_IDS;

  /** How many ids are held, those included that have expired and were not met since. */
  get size() {
    return this.#ids;
  }

  /**
   * @param {Take} query
   * @param {number} nowMs
   */
  take({ key, ...query }, nowMs) {
    if (this.#ids >= this.#sweepAt) this.#sweep(nowMs);
    const window = this.#windows.get(key) ?? new SlidingWindow();
    return this.#during(key, window, () => {
      window.expire(nowMs);
      return window.take(query, nowMs);
    });
  }

  /** @param {Settle} query */
  settle({ key, ...query }) {
    const window = this.#windows.get(key);
    if (window !== undefined) this.#during(key, window, () => window.settle(query));
  }

  /**
   * Keeps count of what `work` adds to a window and takes from it; a window without ids goes.
   *
   * @template T
   * @param {string} key
   * @param {SlidingWindow} window
   * @param {() => T} work
   */
  #during(key, window, work) {
    this.#ids -= window.size;
    const result = work();
    this.#ids += window.size;
    if (window.size > 0) this.#windows.set(key, window);
    else this.#windows.delete(key);
    return result;
  }

  /**
   * Without a timer, which would keep a process alive: when twice as many ids are held as were left the last time, the
   * expired ones go.
   *
   * @param {number} nowMs
   */
  #sweep(nowMs) {
    for (const [key, window] of this.#windows) this.#during(key, window, () => window.expire(nowMs));
    this.#sweepAt = Math.max(MIN_SWEEP_IDS, 2 * this.#ids);
  }
}

/** What counts under one key: each id with its amount, until its own time has passed. */
class SlidingWindow {
  /** @type {Map<string, { amount: number, endMs: number }>} */
  #taken = new Map();

  get size() {
    return this.#taken.size;
  }

  /** @param {number} nowMs */
  expire(nowMs) {
    for (const [id, { endMs }] of this.#taken) if (endMs <= nowMs) this.#taken.delete(id);
  }

  /**
   * @param {Omit<Take, "key">} query
   * @param {number} nowMs
   */
  take({ id, amount, limit, windowMs }, nowMs) {
    if (this.#taken.has(id)) return { ok: true, retryAfterMs: null };
    // Added up anew each time: what was added and taken off for days would drift.
    let excess = amount - limit;
    for (const { amount: counted } of this.#taken.values()) excess += counted;
    if (!(excess > ROUNDING)) {
      this.#taken.set(id, { amount, endMs: nowMs + windowMs });
      return { ok: true, retryAfterMs: null };
    }
    if (amount - limit > ROUNDING) return { ok: false, retryAfterMs: null };
    return { ok: false, retryAfterMs: Math.ceil(this.#endOf(excess) - nowMs) };
  }

  /**
   * When at least `excess` of what counts will have expired.
   *
   * @param {number} excess
   */
  #endOf(excess) {
    const bySoonest = [...this.#taken.values()].sort((one, other) => one.endMs - other.endMs);
    const enough = bySoonest.find(({ amount }) => {
      excess -= amount;
      return excess <= ROUNDING;
    });
    // Something counts: else nothing would exceed the limit but the query itself.
    return /** @type {{ endMs: number }} */ (enough ?? bySoonest.at(-1)).endMs;
  }

  /** @param {Omit<Settle, "key">} query */
  settle({ id, amount }) {
    const counted = this.#taken.get(id);
    if (amount === 0) this.#taken.delete(id);
    else if (counted !== undefined) counted.amount = amount;
  }
}
