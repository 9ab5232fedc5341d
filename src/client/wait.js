// A wait: one caller's limit and progress over a loop of looks.

import { State, elapsedMs, failureOf, firstPollByMs, isPausedBeyond, waitEndsAtMs } from "#client-glue";
import { RivyaError, copyOf, makeError } from "../js/error.js";
import { tellLook, tellOffline } from "../js/shapes.js";
import { moment, now } from "../js/timer.js";
import { hasEnded, watch } from "./looks.js";

const OUT_OF_TIME =
  "The generation has not ended within `waitTimeoutMs`; it goes on, and `generations.wait` finds it by its id";

export class Wait {
  #watcher;
  #since;
  #limitAtMs;
  #firstPollByMs;
  #last;
  /** What the last look failed with, while the network is waited for. */
  #offline = null;

  /**
   * `submitted`: what was submitted just now; else it begins with a look. It ends at `limitAtMs`, and progress counts
   * from `since`, a moment. `model`, `started` and `seenMs` are what `watch` takes.
   */
  constructor(core, id, given, scope) {
    const { submitted, limitAtMs, since = moment(), ...known } = { __proto__: null, ...given };
    this.#since = since;
    this.#limitAtMs = limitAtMs;
    this.#last = submitted;
    const leftMs = submitted ? Math.max(0, limitAtMs - now()) : undefined;
    this.#watcher = watch(core, id, { __proto__: null, ...known, leftMs }, scope);
    const { loops, settings } = core;
    // On Workers the look's place is reserved, and no other call is waited for: the wait does not end before it is
    // sent.
    this.#firstPollByMs = settings.workerd ? Infinity : firstPollByMs(now(), settings.timeoutMs, loops.size);
  }

  /** Since the submission, or since it waits where that is not known. */
  get elapsedMs() {
    return elapsedMs(...this.#since, ...moment());
  }

  /** How long it takes most likely, in all; null where nobody knows. */
  get expectedMs() {
    return this.#watcher.expectedMs;
  }

  /**
   * The next answered look: `{ generation, state }`. `timeout` when the wait's time is up. `onProgress` is told of an
   * outage alone.
   */
  async next(onProgress, scope) {
    for (;;) {
      const event = await this.#watcher.next(() => this.#leftMs(), scope);
      if (event === undefined) {
        throw this.#withLast(this.#offline ?? makeError("timeout", OUT_OF_TIME, null, null, true));
      }
      const { generation, ended, delayed, untilMs, offline, offlineMs } = event;
      this.#offline = offline ?? null;
      if (generation !== undefined) {
        this.#last = generation;
        return event;
      }
      if (ended !== undefined) throw this.#withLast(ended);
      if (offline !== undefined && onProgress !== undefined) tellOffline(onProgress, offlineMs);
      if (delayed !== undefined && isPause(event) && isPausedBeyond(this.#limitAtMs, untilMs)) {
        throw Object.assign(this.#withLast(delayed), { retryable: true, retryAfterMs: untilMs - now() });
      }
    }
  }

  /** How long it goes on, where nothing happens. */
  #leftMs() {
    const { looks, firstSentMs } = this.#watcher;
    return waitEndsAtMs(this.#limitAtMs, looks > 0, firstSentMs, this.#firstPollByMs) - now();
  }

  /** Its own copy: others may watch the same loop. */
  #withLast(error) {
    if (!(error instanceof RivyaError)) return error;
    return Object.assign(copyOf(error), { generation: this.#last ?? null, attempts: this.#watcher.attempts });
  }

  /** Looks until the end: `{ generation, state, tookMs }`, the last where it is known. */
  async untilEnded(onProgress, scope) {
    for (;;) {
      const { generation, state, tookMs } = await this.next(onProgress, scope);
      if (hasEnded(state)) return { generation, state, tookMs };
      report(onProgress, generation, state, this);
    }
  }
}

/** Whether the API asked for a pause that is not over yet. */
const isPause = ({ delayed, untilMs }) => delayed.status === 429 && untilMs > now();

/** A succeeded generation, or why it failed. */
export function resultOf(generation, state) {
  if (state === State.Succeeded) return generation;
  throw Object.assign(failureOf(generation), { generation });
}

/** Tells a caller's `onProgress` of a look. A status that the API may add counts as being processed. */
export function report(onProgress, generation, state, { elapsedMs, expectedMs }) {
  if (onProgress !== undefined)
    tellLook(onProgress, state === State.Queued ? "queued" : "processing", generation, elapsedMs, expectedMs);
}
