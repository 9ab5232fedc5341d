// Looking at a generation until it ends. All who wait for one id share one loop; it runs as long as somebody watches.
//
// On Workers no call may be woken by another, so there each watcher has a loop of its own.

import {
  Pace,
  State,
  earliestLookMs,
  elapsedMs,
  encodeId,
  isSlow,
  nextLookMs,
  observedMs,
  stateOf,
} from "#client-glue";
import { crashError } from "../js/crash.js";
import { member } from "../js/data.js";
import { isHidden, onReturn } from "../js/platform.js";
import { Scope } from "../js/scope.js";
import { moment, now, sleep } from "../js/timer.js";
import { Sent, send } from "./send.js";

/**
 * Watches `id` until `scope` ends. `model` where it is known; `started`, a moment, and `seenMs` where it is known when
 * it was submitted, and how long others of its model took. `leftMs`: it was submitted just now, and the first look has
 * that much time; else it comes at once.
 */
export function watch(core, id, known, scope) {
  scope.check();
  let loop = core.loops.get(id);
  if (loop === undefined) {
    loop = new Loop(core, id);
    if (!core.settings.workerd) core.loops.set(id, loop);
  }
  return loop.join(known, scope);
}

/** A time that a generation tells; NaN where it tells none. */
const timeOf = (generation, key) => Date.parse(member(generation, key));

export const hasEnded = (state) => state === State.Succeeded || state === State.Failed;

/** Whether an event says that no look is answered for the time being. */
const isDelay = ({ delayed, offline }) => delayed !== undefined || offline !== undefined;

class Loop {
  #core;
  #id;
  #scope = new Scope();
  #watchers = new Set();
  #isRunning = false;
  /** No later than this the next look is due. */
  #dueMs = Infinity;
  #isSlow = false;
  #started;
  #pace = null;
  /** How long it takes most likely; null where too few of its model were seen. */
  expectedMs = null;
  #wake = () => {};
  /** The pause or the outage under way, told to every watcher that joins during it. */
  #delay = null;
  /** Looks that were sent, and those of them that were answered or failed. */
  sent = 0;
  looks = 0;

  constructor(core, id) {
    this.#core = core;
    this.#id = id;
  }

  join(known, scope) {
    const watcher = new Watcher(this);
    scope.add(() => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#end();
    });
    this.#watchers.add(watcher);
    this.#know(known);
    // One that is under way counts: whoever comes learns from it, too.
    if (this.sent > this.looks) watcher.onSend();
    const delay = this.#delay;
    if (delay !== null && (delay.offline !== undefined || delay.untilMs > now())) watcher.tell(delay);
    this.#hasten(now() + (known.leftMs === undefined ? 0 : Math.min(this.#intervalMs(0), known.leftMs)));
    if (!this.#isRunning) {
      this.#isRunning = true;
      // Who comes back to the tab, or online, wants to know now.
      this.#scope.add(onReturn(() => this.#hasten(now())));
      // What ends the loop is told to its watchers; when its scope ended, nobody is left to be told.
      this.#run().catch((ended) => this.#finish({ __proto__: null, ended }));
    }
    return watcher;
  }

  #hasten(dueMs) {
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#wake();
  }

  #know({ model, started, seenMs = [] }) {
    if (typeof model === "string") this.#isSlow ||= isSlow(model);
    this.#started ??= started;
    if (this.#pace !== null || started === undefined || seenMs.length === 0) return;
    this.#pace = new Pace(seenMs, this.#isSlow);
    this.expectedMs = this.#pace.expectedMs() ?? null;
  }

  /** How long until the next look. Who hides the tab waits for nothing. */
  #intervalMs(looks) {
    if (this.#pace === null || isHidden()) return nextLookMs(looks, this.#isSlow, isHidden());
    return this.#pace.nextDelayMs(this.#ageMs(), looks);
  }

  /** How long ago it was submitted; undefined where that is not known. */
  #ageMs() {
    return this.#started && elapsedMs(...this.#started, ...moment());
  }

  /**
   * How long it took, where it is known when it began. `unfinishedAgeMs`: how old it was at the last look that found it
   * unfinished.
   */
  #tookMs(generation, unfinishedAgeMs) {
    const ageMs = this.#ageMs();
    const statedMs = timeOf(generation, "updated_at") - timeOf(generation, "created_at");
    return ageMs && observedMs(unfinishedAgeMs, ageMs, statedMs);
  }

  /** What comes now for the same id begins a loop of its own. */
  #end() {
    if (this.#core.loops.get(this.#id) === this) this.#core.loops.delete(this.#id);
    this.#scope.end();
    const pace = this.#pace;
    this.#pace = null;
    // What trapped holds its memory still, and would not let go.
    if (crashError(false) === null) pace?.free();
  }

  /** Told and gone in one turn: who comes now must not find a loop that has nothing more to say. */
  #finish(event) {
    this.#publish(event);
    this.#end();
  }

  #publish(event) {
    this.#delay = isDelay(event) ? event : null;
    for (const watcher of this.#watchers) watcher.tell(event);
  }

  async #run() {
    // An id of a server that can't be one is answered with `not_found`.
    const path = `/generations/${encodeId(this.#id) ?? ""}`;
    let lastLookMs;
    let unfinishedAgeMs;
    for (let looks = 1; ; looks += 1) {
      for (;;) {
        const waitMs = earliestLookMs(lastLookMs, this.#dueMs) - now();
        if (waitMs <= 0) break;
        // Woken whenever a new watcher moved the time forward.
        await sleep(waitMs, this.#scope, (wake) => (this.#wake = wake));
      }
      lastLookMs = now();
      this.#dueMs = Infinity;
      const generation = await this.#look(path);
      // It may have waited for its share, a pause, or repeats.
      lastLookMs = now();
      this.looks += 1;
      const state = stateOf(generation);
      this.#know({ __proto__: null, model: member(generation, "model") });
      if (hasEnded(state)) {
        const tookMs = this.#tookMs(generation, unfinishedAgeMs);
        return this.#finish({ __proto__: null, generation, state, tookMs });
      }
      unfinishedAgeMs = this.#ageMs();
      this.#publish({ __proto__: null, generation, state });
      this.#dueMs = Math.min(this.#dueMs, now() + this.#intervalMs(looks));
    }
  }

  /** A look that fails for a passing reason never ends a wait: each watcher has a limit of its own. */
  #look(path) {
    const soFar = new Sent();
    const onSend = () => {
      this.sent += 1;
      for (const watcher of this.#watchers) watcher.onSend();
    };
    const onDelay = (delayed, delayMs, wasSent) => {
      if (wasSent) this.looks += 1;
      this.#publish({ __proto__: null, delayed, untilMs: now() + delayMs });
    };
    const onOffline = (offlineMs) => {
      // What failed was a look, too.
      this.looks = this.sent;
      this.#publish({ __proto__: null, offline: soFar.waiting, offlineMs });
    };
    // Nobody who waits, or joins from now on, is told of an outage that is over.
    const onOnline = () => this.#publish({ __proto__: null, isOnline: true });
    const told = { onSend, onDelay, onOffline, onOnline };
    const endless = { maxRetries: Infinity, limitAtMs: Infinity };
    const call = { path, expected: "generation", isLook: true, soFar, ...endless, ...told };
    return send(this.#core, call, this.#scope);
  }
}

/** One who watches a loop: what it has not taken yet waits for it. */
class Watcher {
  #loop;
  #events = [];
  #wake = () => {};
  #looksBefore;
  /** When the first look was sent that it learns from; undefined before. */
  firstSentMs;

  constructor(loop) {
    this.#loop = loop;
    this.#looksBefore = loop.looks;
  }

  tell(event) {
    // What was delayed no longer is.
    if (this.#events.length > 0 && isDelay(this.#events.at(-1))) this.#events.pop();
    this.#events.push(event);
    this.#wake();
  }

  /** A look is sent. Whoever waits for the first one has more time from here on, or less. */
  onSend() {
    if (this.firstSentMs !== undefined) return;
    this.firstSentMs = now();
    this.#wake();
  }

  get expectedMs() {
    return this.#loop.expectedMs;
  }

  /** How many looks were made since this watcher came. */
  get looks() {
    return this.#loop.looks - this.#looksBefore;
  }

  /** How many looks were sent that this watcher could learn from. */
  get attempts() {
    return this.#loop.sent - this.#looksBefore;
  }

  /**
   * What happens next: `{ generation, state }`, `{ delayed, untilMs }`, `{ offline, offlineMs }`, `{ isOnline }` or `{
   * ended }`; undefined when nothing did within `leftMs()`.
   */
  async next(leftMs, scope) {
    while (this.#events.length === 0) {
      const waitMs = leftMs();
      scope.check();
      if (!(waitMs > 0)) return undefined;
      await sleep(waitMs, scope, (wake) => (this.#wake = wake));
    }
    return this.#events.shift();
  }
}

/**
 * All loops together make at most five looks a second, repeats of failed ones included. Who waits for a place takes
 * none: a wait that is aborted leaves the queue as if it had never come. On Workers, where no call may be woken by
 * another, places are taken in advance.
 */
export async function shareOfLooks({ rules, settings, lookTurns }, scope) {
  if (settings.workerd) return sleep(rules.reserveLook(now()), scope);
  await lookTurns.during(scope, async () => {
    const delayMs = () => rules.lookDelayMs(now());
    for (let leftMs = delayMs(); leftMs > 0; leftMs = delayMs()) await sleep(leftMs, scope);
    rules.reserveLook(now());
  });
}
