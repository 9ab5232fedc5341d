// Timers and turns that leave nothing behind.

import { given } from "./data.js";
import { ENDED } from "./scope.js";

/** `setTimeout` takes a signed 32-bit number; a larger one fires at once. */
export const MAX_TIMEOUT_MS = 2_147_483_647;

/** The platform's monotonic clock, in milliseconds: one that is set back must not stop a wait. */
export const now = () => performance.now();

/** A moment by both clocks, `[now(), Date.now()]`: the monotonic one stands still while a machine sleeps. */
export const moment = () => [performance.now(), Date.now()];

/**
 * Runs `work(inner, moved)` until `endAtMs()`, which may change: `moved()` says so, and Infinity is no end. At the end
 * `inner`, a scope within `scope`, ends, and the promise rejects at once with what `onTimeUp()` makes: work that waits
 * for something that heeds no scope is not waited for.
 */
export async function until(endAtMs, scope, work, onTimeUp) {
  const inner = scope.child();
  let timer;
  let expire;
  const timeUp = new Promise((_, reject) => {
    expire = () => {
      const leftMs = endAtMs() - now();
      if (!(leftMs > 0)) reject(onTimeUp());
      // A timer can be set for 25 days at most.
      else if (leftMs < Infinity) timer = setTimeout(expire, Math.min(Math.ceil(leftMs), MAX_TIMEOUT_MS));
    };
  });
  const moved = () => {
    clearTimeout(timer);
    expire();
  };
  moved();
  try {
    return await Promise.race([work(inner, moved), timeUp]);
  } finally {
    clearTimeout(timer);
    inner.end();
  }
}

/** Resolves after `delayMs` (25 days at most). `onBegin` is given the function that ends it early. */
export async function sleep(delayMs, scope, onBegin) {
  scope.check();
  if (!(delayMs > 0)) return;
  await new Promise((resolve, reject) => {
    const end = (how, value) => {
      clearTimeout(timer);
      release();
      how(value);
    };
    const timer = setTimeout(() => end(resolve), Math.min(Math.ceil(delayMs), MAX_TIMEOUT_MS));
    const release = scope.add(() => end(reject, ENDED));
    onBegin?.(() => end(resolve));
  });
}

/** How long a piece of work may hold up everything else on its thread: a frame of a page. */
const WORK_MS = 16;

/**
 * One turn of the event loop, in which timers fire and signals are heard. Not by a timer where there is anything else:
 * browsers stretch timers to a second in hidden tabs.
 */
function eventLoopTurn() {
  return new Promise((resolve) => {
    const immediate = given(globalThis, "setImmediate");
    if (typeof immediate === "function") return void immediate(resolve);
    if (typeof given(globalThis, "MessageChannel") !== "function") return void setTimeout(resolve, 0);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** The breaks of work that may take long without ever waiting for anything. */
export class Breaks {
  #sinceMs = now();

  /**
   * Whether the work has gone on so long that everything else is to have its turn. Asked often: a promise each time
   * would cost more than the work.
   */
  get isDue() {
    return now() - this.#sinceMs >= WORK_MS;
  }

  /** Lets everything else have its turn; throws where the scope ended meanwhile. */
  async take(scope) {
    await eventLoopTurn();
    scope.check();
    this.#sinceMs = now();
  }
}

/** A fair semaphore: places go from group to group in turn, and within a group to who asked first. */
export class Turnstile {
  #free;
  /** Group → who waits in it. */
  #queues = new Map();

  constructor(places) {
    this.#free = places;
  }

  /** Waits for a place, and runs `work` in it. Who names no `group` is one alone. */
  async during(scope, work, group = work) {
    scope.check();
    if (this.#free >= 1) this.#free -= 1;
    else {
      await new Promise((resolve, reject) => {
        const queue = this.#queues.get(group) ?? new Set();
        this.#queues.set(group, queue);
        const leave = () => {
          queue.delete(grant);
          if (queue.size === 0) this.#queues.delete(group);
        };
        const grant = () => {
          release();
          leave();
          resolve();
        };
        queue.add(grant);
        const release = scope.add(() => {
          leave();
          reject(ENDED);
        });
      });
    }
    let held = true;
    const leave = () => {
      if (held) this.#leave();
      held = false;
    };
    try {
      const release = scope.add(leave);
      return await work().finally(release);
    } finally {
      leave();
    }
  }

  #leave() {
    const [next] = this.#queues;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    const [group, queue] = next;
    const [grant] = queue;
    grant();
    // Behind the other groups.
    if (this.#queues.delete(group)) this.#queues.set(group, queue);
  }
}
