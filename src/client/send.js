// One call of the API: attempts until it is answered, refused for good, or out of attempts. Every attempt carries the
// same key and the same bytes.

import { Traffic, elapsedMs, patienceMs as PATIENCE_MS, paused } from "#client-glue";
import { guard } from "../js/crash.js";
import { RivyaError } from "../js/error.js";
import { exchange, initOf } from "../js/exchange.js";
import { checkUnchanged, formOf } from "../js/file.js";
import { isOffline } from "../js/platform.js";
import { moment, now, sleep } from "../js/timer.js";
import { transmit } from "../js/transmit.js";
import { shareOfLooks } from "./looks.js";
import { Outage, holdBack } from "./offline.js";

/** A file that was looked at so lately is not looked at once more before it is sent. */
const UNCHANGED_MS = 1_000;

/**
 * Sends until there is an answer; gives its JSON. `call`:
 * - `path` below the base URL, and what is `expected` there: `"generation"`, `"file"`, `"models"`, `"credits"`;
 * - `body` as text, or a `parcel` to make a form of (anew for every attempt) with the `file` in it, the `place` that
 *   errors name, and how its `transmission` goes;
 * - `key` for idempotency, `timeoutMs` of one attempt, `maxRetries`;
 * - `limitAtMs`, where the call is part of a wait: it sits out no pause that would end later, and until then it waits
 * for the network and for a place among the caller's generations;
 * - `soFar` tells what was sent: see `Sent`;
 * - `mayRepeat()`: whether it may still be sent again;
 * - `isLook`: looks share five places a second; `onSend()` is told of each attempt, `onDelay(error, delayMs, wasSent)`
 *   of everything that delays the call, `onOffline(sinceMs)` and `onOnline()` of an outage.
 */
export async function send(core, given, scope) {
  const call = { __proto__: null, soFar: new Sent(), ...given };
  const { soFar } = call;
  try {
    return await attempts(core, call, soFar, scope);
  } catch (error) {
    throw soFar.mark(error, call.key);
  }
}

/** What was sent in the course of a call. */
export class Sent {
  /** How many attempts were handed to fetch. */
  attempts = 0;
  /** How many of them were definitely refused. */
  refusals = 0;
  /** Whether one of them, or one of an earlier run, may have been accepted. */
  doubt;
  /** Whether nothing else can have been sent under its key. */
  isOwnKey;
  /** Whether an attempt is under way: nobody knows what becomes of it. */
  isUnderWay = false;
  /** Whether the last attempt was answered, or none will follow. */
  isOver = false;
  /** The error that the call ends with while it waits for the network. */
  waiting = null;

  constructor(known) {
    const { doubt = false, isOwnKey = false } = { __proto__: null, ...known };
    this.doubt = doubt;
    this.isOwnKey = isOwnKey;
  }

  /** Writes into an error of ours what was sent under `key`. */
  mark(error, key) {
    if (!(error instanceof RivyaError)) return error;
    const mayHaveBeenCharged = key !== undefined && (this.doubt || this.isUnderWay);
    return Object.assign(error, { attempts: this.attempts, mayHaveBeenCharged, idempotencyKey: key ?? null });
  }
}

/** What a call is for, as far as a pause after a 429 goes by it. */
function trafficOf({ expected, body }) {
  if (expected !== "generation") return Traffic.Other;
  return body === undefined ? Traffic.Poll : Traffic.Submission;
}

async function attempts(core, call, soFar, scope) {
  const { settings } = core;
  const { maxRetries = settings.maxRetries, limitAtMs, parcel } = call;
  const traffic = trafficOf(call);
  const method = call.body === undefined && parcel === undefined ? "GET" : "POST";
  const what = `${method} ${settings.href}${call.path}`;
  const leftMs = () => (limitAtMs === undefined ? undefined : limitAtMs - now());
  const patienceMs = () => (call.isLook ? Infinity : Math.max(0, Math.min(PATIENCE_MS(), leftMs() ?? Infinity)));
  const outage = new Outage(call);
  /**
   * Attempts that failed while the machine was offline. They use up no retry, but whatever is sent after them is a
   * repeat.
   */
  let offline = 0;
  /** Answered by a proxy whose caller has too many generations under way: the API was not asked. */
  let crowded = 0;
  const judgeBy = () => ({
    what,
    attempts: soFar.attempts - crowded,
    maxRetries: maxRetries + offline,
    crowded,
    patienceMs: patienceMs(),
    placeWithinMs: traffic === Traffic.Submission ? leftMs() : undefined,
    isOwnKey: soFar.isOwnKey,
    nowMs: now(),
    dateMs: Date.now(),
    random: Math.random(),
  });
  for (let last; ; ) {
    if (traffic === Traffic.Submission) await holdBack(core, what, last, leftMs(), soFar, outage, scope);
    // A machine that sleeps through a pause may wake days later.
    if (last !== undefined && call.mayRepeat?.() === false) throw last;
    const attempt = () => oneAttempt(core, call, traffic, soFar, judgeBy, scope);
    const [answer, verdict] = await inTurn(core, call, traffic, patienceMs, scope, attempt);
    // In this order: whoever asks in between must not find an attempt that is neither under way nor in doubt.
    soFar.doubt ||= verdict?.leavesDoubt ?? false;
    soFar.isUnderWay = false;
    if (verdict === undefined) return answer.json;
    last = verdict.error;
    if (verdict.isRefusal) soFar.refusals += 1;
    if (verdict.isCrowded) crowded += 1;
    if (verdict.hasAnswer) outage.end();
    else {
      // A failed upload may be the file's fault, and fetch does not tell.
      if (parcel !== undefined) await checkUnchanged(call.file, call.place);
      // Only what the network said, not a time that ran out: a server may be slow while the machine is offline for
      // others.
      if (verdict.error.code === "network_error" && settings.isPlatformFetch && isOffline()) {
        soFar.waiting = verdict.error;
        if (!(await outage.untilOnline(true, leftMs(), scope))) throw verdict.error;
        soFar.waiting = null;
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
 * Sends once: `[answer]` where it brought what was asked for, else `[answer, verdict]`. `judgeBy()`: what the rules
 * judge a failure by.
 */
async function oneAttempt({ rules, settings }, call, traffic, soFar, judgeBy, scope) {
  const { timeoutMs = settings.timeoutMs, parcel, file, place, key } = call;
  if (parcel !== undefined && elapsedMs(...file.seenAt, ...moment()) > UNCHANGED_MS) await checkUnchanged(file, place);
  const url = settings.href + call.path;
  const init = initOf(settings, parcel === undefined ? call.body : formOf(parcel), key);
  soFar.attempts += 1;
  soFar.isUnderWay = true;
  call.onSend?.();
  const sent = moment();
  const answer = await (parcel === undefined
    ? exchange(settings.fetch, url, init, timeoutMs, scope)
    : transmit(settings, url, init, file.bytes, call.transmission, scope));
  if (guard(() => rules.accepts(answer.status, answer.json, call.expected, traffic, ...sent))) return [answer];
  return [answer, guard(() => rules.judge(judgeBy(), traffic, answer))];
}

/**
 * Runs an attempt when it may be sent: after a 429 the client stands still until the named time, then its calls go one
 * by one until one is answered. What the attempt learns of that is known before its place is given up. On Workers,
 * where no call may be woken by another, only the shared time is read.
 */
async function inTurn(core, call, traffic, patienceMs, scope, attempt) {
  const { rules, settings } = core;
  // An upload takes its time: nobody's poll waits for it.
  const oneByOne = call.parcel === undefined ? core.oneByOne : core.uploadsOneByOne;
  const pauseMs = () => rules.pauseMs(traffic, ...moment());
  for (;;) {
    await standStill(pauseMs, patienceMs, call, scope);
    if (call.isLook) {
      // Not before the pause: those who had their share already would all go at once behind it.
      await shareOfLooks(core, scope);
      if (pauseMs() > 0) continue;
    }
    scope.check();
    if (settings.workerd || !rules.isOneByOne(traffic)) return attempt();
    const sent = await oneByOne.during(scope, async () => {
      // While this call queued, the one before it may have met another 429, or been answered: then nobody has to wait
      // for this one.
      if (pauseMs() > 0 || !rules.isOneByOne(traffic)) return null;
      return attempt();
    });
    if (sent !== null) return sent;
  }
}

async function standStill(pauseMs, patienceMs, { onDelay }, scope) {
  for (;;) {
    const delayMs = pauseMs();
    if (delayMs <= 0) return;
    if (delayMs > patienceMs()) throw paused(delayMs);
    onDelay?.(paused(delayMs), delayMs, false);
    await sleep(delayMs, scope);
  }
}
