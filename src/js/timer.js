// Timers and turns that leave nothing behind.

import { ENDED } from "./scope.js";

/** `setTimeout` takes a signed 32-bit number; a larger one fires at once. */
export const MAX_TIMEOUT_MS = 2_147_483_647;

/** The platform's monotonic clock, in milliseconds: one that is set back must not stop a wait. */
export const now = () => performance.now();

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

/** A fair semaphore: who asks first goes first. */
export class Turnstile {
  #free;
  #queue = new Set();

  constructor(places) {
    this.#free = places;
  }

  /** Waits for a place, and runs `work` in it. */
  async during(scope, work) {
    scope.check();
    if (this.#free >= 1) this.#free -= 1;
    else {
      await new Promise((resolve, reject) => {
        const grant = () => {
          release();
          resolve();
        };
        this.#queue.add(grant);
        const release = scope.add(() => {
          this.#queue.delete(grant);
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
    const [grant] = this.#queue;
    if (grant === undefined) this.#free += 1;
    else {
      this.#queue.delete(grant);
      grant();
    }
  }
}
