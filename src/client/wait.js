// A wait: one caller's limit and progress over a loop of looks.

import { State, WaitStep, failureOf, onDelay, onTimeUp, overtimeMs } from "#client-glue";
import { RivyaError, copyOf, makeError } from "../js/error.js";
import { tellLook } from "../js/shapes.js";
import { now } from "../js/timer.js";
import { hasEnded, watch } from "./looks.js";

const OUT_OF_TIME = "The generation has not ended within `waitTimeoutMs`; it goes on, and `generations.wait` finds it by its id";

export class Wait {
  #core;
  #watcher;
  #sinceMs;
  #limitAtMs;
  #isOvertime = false;
  #last;

  /**
   * `submitted`: what was submitted just now; else it begins with a look. Its limit counts from `atMs`, progress from `sinceMs`. `model`, `startedMs` and
   * `seenMs` are what `watch` takes.
   */
  constructor(core, id, timeoutMs, scope, { submitted, atMs = now(), sinceMs = atMs, ...known } = {}) {
    this.#core = core;
    this.#sinceMs = sinceMs;
    this.#limitAtMs = atMs + timeoutMs;
    this.#last = submitted;
    const leftMs = submitted ? Math.max(0, this.#limitAtMs - now()) : undefined;
    this.#watcher = watch(core, id, { ...known, leftMs }, scope);
  }

  /** Since the submission, or since it waits where that is not known. */
  get elapsedMs() {
    return now() - this.#sinceMs;
  }

  /** How long it takes most likely, in all; null where nobody knows. */
  get expectedMs() {
    return this.#watcher.expectedMs;
  }

  /** The next answered look: `{ generation, state }`. `timeout` when the wait's time is up. */
  async next(scope) {
    for (;;) {
      // One look is what it stays for: behind that one it has no more time.
      const staysMs = this.#isOvertime && this.#watcher.looks === 0 ? this.#overtimeMs() : 0;
      const leftMs = Math.max(staysMs, this.#limitAtMs - now());
      const event = await this.#watcher.next(leftMs, scope);
      if (event?.generation !== undefined) {
        this.#last = event.generation;
        return event;
      }
      if (event?.ended !== undefined) throw this.#withLast(event.ended);
      this.#goOn(event);
    }
  }

  /** Every other loop may look before this one; on Workers places are taken in advance. */
  #overtimeMs() {
    const { rules, loops, settings } = this.#core;
    return overtimeMs(settings.timeoutMs, loops.size) + rules.lookDelayMs(now());
  }

  #goOn(event) {
    const hasLooked = this.#watcher.looks > 0;
    const step =
      event === undefined
        ? onTimeUp(hasLooked, this.#isOvertime)
        : onDelay(this.#limitAtMs, hasLooked, this.#isOvertime, event.untilMs, isPause(event));
    if (step === WaitStep.Paused) throw Object.assign(this.#withLast(event.delayed), { retryable: true, retryAfterMs: event.untilMs - now() });
    if (step === WaitStep.OutOfTime) throw this.#withLast(makeError("timeout", OUT_OF_TIME, null, null, true));
    if (step === WaitStep.Overtime) this.#isOvertime = true;
  }

  /** Its own copy: others may watch the same loop. */
  #withLast(error) {
    if (!(error instanceof RivyaError)) return error;
    return Object.assign(copyOf(error), { generation: this.#last ?? null, attempts: this.#watcher.attempts });
  }

  /** Looks until the end: `{ generation, state, tookMs }`, the last where it is known. */
  async untilEnded(onProgress, scope) {
    for (;;) {
      const { generation, state, tookMs } = await this.next(scope);
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
  if (onProgress !== undefined) tellLook(onProgress, state === State.Queued ? "queued" : "processing", generation, elapsedMs, expectedMs);
}
