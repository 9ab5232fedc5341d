// Timers and turns that leave nothing behind: whoever waits holds a controller, and aborting it takes back what it asked for.

/** `setTimeout` takes a signed 32-bit number; a larger one fires at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Resolves after `delayMs` (25 days at most), or when the controller is aborted. */
export function sleep(delayMs, { signal }) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(Math.ceil(delayMs), MAX_TIMEOUT_MS));
    signal.addEventListener("abort", end);
  });
}

/** A fair semaphore: who asks first goes first. */
export class Turnstile {
  #free;
  #queue = new Set();

  constructor(places) {
    this.#free = places;
  }

  /** Resolves with the function that gives the place back. Aborting the controller leaves the queue, or gives back a place that nobody took. */
  enter({ signal }) {
    return new Promise((resolve) => {
      let granted = false;
      let held = true;
      const grant = () => {
        granted = true;
        resolve(leave);
      };
      const leave = () => {
        if (!held) return;
        held = false;
        signal.removeEventListener("abort", leave);
        if (!granted) this.#queue.delete(grant);
        else this.#next();
      };
      signal.addEventListener("abort", leave);
      if (this.#free > 0) {
        this.#free -= 1;
        grant();
      } else {
        this.#queue.add(grant);
      }
    });
  }

  #next() {
    const [grant] = this.#queue;
    if (grant === undefined) {
      this.#free += 1;
      return;
    }
    this.#queue.delete(grant);
    grant();
  }
}
