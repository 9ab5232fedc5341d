// What a call does while its machine has no network: it waits for it, and says so. For how long, the rules say.

import { elapsedMs, heldBack, offlineWaitMs } from "#client-glue";
import { exchange, initOf } from "../js/exchange.js";
import { isOffline, nextOnline } from "../js/platform.js";
import { moment, now } from "../js/timer.js";

/** How often a caller is told since when the network is lost. */
const TICK_MS = 1_000;

/** The time without a network that one call has met, from its first failure to the first answer after it. */
export class Outage {
  #call;
  #lostAt = null;

  /** `call`: what `send` is given; of it `onOffline(sinceMs)` and `onOnline()` are called, where they are there. */
  constructor(call) {
    this.#call = call;
  }

  /** An answer came: what is lost from now on is lost anew. */
  end() {
    this.#lostAt = null;
  }

  /**
   * Waits for the network, as long as the rules have it; whether it came back. `wasSent`, `leftMs`: see
   * `offlineWaitMs`.
   */
  async untilOnline(wasSent, leftMs, scope) {
    const { onOffline, onOnline } = this.#call;
    const endAtMs = now() + offlineWaitMs(wasSent, leftMs);
    this.#lostAt ??= moment();
    while (isOffline()) {
      onOffline?.(elapsedMs(...this.#lostAt, ...moment()));
      const waitMs = Math.min(endAtMs - now(), TICK_MS);
      if (waitMs <= 0) return false;
      // With each tick the platform is asked, too: it may have missed to tell.
      if (await nextOnline(waitMs, scope)) break;
    }
    onOnline?.();
    return true;
  }
}

/**
 * Holds a submission back while the platform says that it is offline, and throws where that takes too long: whatever
 * was handed to a browser's fetch may have been charged, and what was not cannot have been. `last` is what an earlier
 * attempt failed with, if there was one; `soFar.waiting` the error that the call ends with meanwhile.
 */
export async function holdBack({ settings }, what, last, leftMs, soFar, outage, scope) {
  if (!settings.isPlatformFetch || !isOffline() || (await answersOnThisMachine(settings, scope))) return;
  soFar.waiting = last ?? heldBack(what);
  if (!(await outage.untilOnline(last !== undefined, leftMs, scope))) throw soFar.waiting;
  soFar.waiting = null;
}

/**
 * Without a network a machine is offline, but a proxy or an emulator of its own can be reached all the same: it is
 * asked what costs nothing.
 */
async function answersOnThisMachine(settings, scope) {
  if (!settings.isLoopback) return false;
  const { fetch, href, timeoutMs } = settings;
  const { status } = await exchange(fetch, `${href}/models`, initOf(settings), timeoutMs, scope);
  return status !== undefined;
}
