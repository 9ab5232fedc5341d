// One call of the API: attempts until it is answered, refused for good, or out of attempts. Every attempt carries the same key and the same bytes.

import { patienceMs as PATIENCE_MS, paused } from "#client-glue";
import { guard } from "../js/crash.js";
import { RivyaError } from "../js/error.js";
import { exchange, initOf } from "../js/exchange.js";
import { checkUnchanged, formOf } from "../js/file.js";
import { isOffline, nextOnline } from "../js/platform.js";
import { now, sleep } from "../js/timer.js";
import { transmit } from "../js/transmit.js";
import { shareOfLooks } from "./looks.js";

/** A file that was looked at so lately is not looked at once more before it is sent. */
const UNCHANGED_MS = 1_000;

/**
 * Sends until there is an answer; gives its JSON. `call`:
 * - `path` below the base URL, and what is `expected` there: `"generation"`, `"file"`, `"models"`, `"credits"`;
 * - `body` as text, or a `parcel` to make a form of (anew for every attempt) with the `file` in it, the `place` that errors name, and how its
 *   `transmission` goes;
 * - `key` for idempotency, `timeoutMs` of one attempt;
 * - `maxRetries`, and `patienceMs`, the longest pause between two attempts;
 * - `soFar` counts what was sent: `{ attempts, doubt, refusals, isOwnKey }`; `isOwnKey`: nothing else can have been sent under this key;
 * - `mayRepeat()`: whether it may still be sent again;
 * - `isLook`: looks share five places a second; `onSend()` is told of each attempt, `onDelay(error, delayMs, wasSent)` of everything that
 *   delays the call.
 */
export async function send(core, call, scope) {
  const { soFar = { attempts: 0, doubt: false, refusals: 0 } } = call;
  try {
    return await attempts(core, call, soFar, scope);
  } catch (error) {
    if (error instanceof RivyaError) {
      error.attempts = soFar.attempts;
      error.mayHaveBeenCharged = soFar.doubt && call.key !== undefined;
      error.idempotencyKey = call.key ?? null;
    }
    throw error;
  }
}

async function attempts(core, call, soFar, scope) {
  const { rules, settings } = core;
  const { timeoutMs = settings.timeoutMs, maxRetries = settings.maxRetries, patienceMs = PATIENCE_MS(), parcel, key } = call;
  /** Sent while the machine was offline: they cost no attempt, but what follows them is a repeat of ours all the same. */
  let offline = 0;
  const url = settings.href + call.path;
  for (let last; ; ) {
    // A machine that sleeps through a pause may wake days later.
    if (last !== undefined && call.mayRepeat?.() === false) throw last;
    const [answer, verdict] = await inTurn(core, { ...call, patienceMs }, scope, async () => {
      if (parcel !== undefined && now() - call.file.seenMs > UNCHANGED_MS) await checkUnchanged(call.file, call.place);
      soFar.attempts += 1;
      call.onSend?.();
      const sentMs = now();
      const init = initOf(settings, parcel === undefined ? call.body : formOf(parcel), key);
      const answer = await (parcel === undefined
        ? exchange(settings.fetch, url, init, timeoutMs, scope)
        : transmit(settings, url, init, call.file.bytes, call.transmission, scope));
      if (guard(() => rules.accepts(answer.status, answer.json, call.expected, sentMs))) return [answer];
      const what = `${init.method} ${url}`;
      const facts = { ...soFar, what, maxRetries: maxRetries + offline, patienceMs };
      return [answer, guard(() => rules.judge({ ...facts, nowMs: now(), dateMs: Date.now(), random: Math.random() }, answer))];
    });
    if (verdict === undefined) return answer.json;
    last = verdict.error;
    soFar.doubt ||= verdict.leavesDoubt;
    if (verdict.isRefusal) soFar.refusals += 1;
    if (!verdict.hasAnswer) {
      // A failed upload may be the file's fault, and fetch does not tell.
      if (parcel !== undefined) await checkUnchanged(call.file, call.place);
      // Only what the network said, not a time that ran out: a server may be slow while the machine is offline for others.
      if (verdict.error.code === "network_error" && settings.isPlatformFetch && isOffline()) {
        if (!(await nextOnline(patienceMs, scope))) throw verdict.error;
        offline += 1;
        continue;
      }
    }
    if (verdict.delayMs === undefined) throw verdict.error;
    call.onDelay?.(verdict.error, verdict.delayMs, true);
    await sleep(verdict.delayMs, scope);
  }
}

/**
 * Runs an attempt when it may be sent: after a 429 the client stands still until the named time, then its calls go one by one until one is
 * answered. What the attempt learns of that is known before its place is given up. On Workers, where no call may be woken by another, only the
 * shared time is read.
 */
async function inTurn(core, call, scope, attempt) {
  const { rules, settings, singleFile } = core;
  for (;;) {
    await standStill(rules, call, scope);
    if (call.isLook) {
      // Not before the pause: those who had their share already would all go at once behind it.
      await shareOfLooks(core, scope);
      if (rules.pauseMs(now()) > 0) continue;
    }
    scope.check();
    if (settings.workerd || !rules.isOneByOne()) return attempt();
    const sent = await singleFile.during(scope, async () => {
      // While this call queued, the one before it may have met another 429, or been answered: then nobody has to wait for this one.
      if (rules.pauseMs(now()) > 0 || !rules.isOneByOne()) return null;
      return attempt();
    });
    if (sent !== null) return sent;
  }
}

async function standStill(rules, { patienceMs, onDelay }, scope) {
  for (;;) {
    const delayMs = rules.pauseMs(now());
    if (delayMs > patienceMs) throw paused(delayMs);
    if (delayMs <= 0) return;
    onDelay?.(paused(delayMs), delayMs, false);
    await sleep(delayMs, scope);
  }
}
