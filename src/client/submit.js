// A generation is submitted once: one key and the same bytes over all attempts.

import {
  State,
  encodeId,
  goesAfter,
  isValidKey,
  keyOf,
  mayBeSentAgain,
  stateOf,
  submissionEndsAtMs,
} from "#client-glue";
import { RivyaError, copyOf, makeError } from "../js/error.js";
import { holding } from "../js/lock.js";
import { randomBytes } from "../js/platform.js";
import { now, until } from "../js/timer.js";
import { lookingFor } from "./delivery.js";
import { digestOf } from "./journal.js";
import { Sent, send } from "./send.js";

/** `{ key, isCallers }`: the option `idempotencyKey`, or a fresh one. */
export function keyFor({ idempotencyKey }) {
  if (idempotencyKey === undefined) return { key: keyOf(randomBytes(16)), isCallers: false };
  if (!isValidKey(idempotencyKey))
    throw new TypeError("options.idempotencyKey must be 1 to 128 characters of printable ASCII");
  return { key: idempotencyKey, isCallers: true };
}

/** What an entry says of a generation that was seen, and not handed over yet. */
const seenIn = (generation) => (stateOf(generation) === State.Succeeded ? "succeeded" : "running");

/** Without a key of the caller's, the same call would be another submission, with another charge. */
function unlessChargedTwice(error, { isCallers }) {
  error.retryable &&= isCallers || !error.mayHaveBeenCharged;
  return error;
}

/**
 * `POST /generations` with the body of a journal's entry, which goes when every attempt was definitely refused. `how`:
 * what `submit` is given.
 */
async function post(core, entry, key, soFar, { resumed, timeoutMs, limitAtMs, onOffline, onOnline }, scope) {
  const mayRepeat = () => mayBeSentAgain(entry.startedMs, Date.now());
  const call = {
    path: "/generations",
    expected: "generation",
    body: entry.body,
    key: key.key,
    timeoutMs,
    limitAtMs,
    soFar,
    mayRepeat,
    onOffline,
    onOnline,
  };
  let generation;
  try {
    generation = await send(core, call, scope);
  } catch (error) {
    if (!(error instanceof RivyaError)) throw error;
    soFar.isOver = true;
    if (goesAfter(soFar.attempts, soFar.refusals, resumed)) await core.journal.remove(entry);
    throw unlessChargedTwice(error, key);
  }
  soFar.isOver = true;
  await core.journal.change(entry, { id: generation.id, state: seenIn(generation) });
  return generation;
}

/**
 * Submits what an entry or a draft holds; null where another page or call has done so meanwhile: then the entry has its
 * id. One at a time, over all pages: the second one finds the first one's id, and sends nothing.
 *
 * `how`: `resumed`, whether an earlier run may have sent it; `timeoutMs` of an attempt; `limitAtMs`, where it is part
 * of a wait: a lock that is held elsewhere and the attempts end with it; `onOffline`, `onOnline`: see `send`.
 */
export function submit(core, entry, key, how, scope) {
  const { limitAtMs = Infinity } = { __proto__: null, ...how };
  // Until the journal was read under the lock, another call or page may have sent it under a key of the caller's.
  const soFar = new Sent({ doubt: how.resumed || key.isCallers, isOwnKey: how.resumed || !key.isCallers });
  const turn = { __proto__: null, beganMs: now() };
  // The store has a limit of its own for each answer. What the API has answered is not given up because the store takes
  // its time to write that down.
  const hasNoEnd = () => turn.beganMs === null || soFar.isOver;
  const endAtMs = () => (hasNoEnd() ? Infinity : submissionEndsAtMs(limitAtMs, turn.beganMs));
  const work = (inner, moved) =>
    holding(core.journal.submissionLockOf(entry.key), inner, async () => {
      turn.beganMs = null;
      const found = await begun(core, entry, key, soFar, how, inner);
      if (found === null) return null;
      turn.beganMs = now();
      moved();
      return post(core, entry, key, soFar, { __proto__: null, ...how, ...found }, inner);
    });
  return until(endAtMs, scope, work, () => outOfTime(key, soFar));
}

/**
 * What the journal says under the lock, before anything is sent, and the entry of a draft is written: `{ resumed }`, or
 * null where the entry has its id by now.
 */
async function begun(core, entry, key, soFar, how, scope) {
  scope.check();
  // A key of our own making is nobody else's.
  const found = await entryOf(core, key, entry.digest);
  scope.check();
  // Somebody who was at it meanwhile has handed it over, or has taken it off the list.
  if (found === null && how.resumed) throw unknownKey(key.key, true);
  if (found) Object.assign(entry, found);
  if (entry.id !== undefined) return null;
  if (!found && !how.resumed) await core.journal.begin(entry, found === null);
  else if (!mayBeSentAgain(entry.startedMs, Date.now())) throw expired(entry);
  scope.check();
  // Where the store can't tell, we assume that it was sent, and that nobody saw the answer.
  const resumed = found !== null;
  soFar.doubt = resumed;
  soFar.isOwnKey ||= resumed;
  return { __proto__: null, resumed };
}

const OUT_OF_TIME =
  "The submission was not answered within `waitTimeoutMs`; " +
  "`resume` finds out what became of it, under the same idempotency key";

/** What a submission ends with at the limit of its wait. */
function outOfTime(key, soFar) {
  const error = soFar.waiting === null ? makeError("timeout", OUT_OF_TIME, null, null, true) : copyOf(soFar.waiting);
  return unlessChargedTwice(soFar.mark(error, key.key), key);
}

const failureUnder = (key, code, message, doubt) =>
  Object.assign(makeError(code, message), { idempotencyKey: key, mayHaveBeenCharged: doubt });

/** The journal has nothing of this key, or no longer. `wasThere`: it had an entry a moment ago. */
export const unknownKey = (key, wasThere = false) =>
  failureUnder(key, "not_found", "The journal has no entry under this idempotency key", wasThere);

const UNREADABLE = "The journal can't be read just now, so nobody knows what was sent under this idempotency key";

/** The store failed, or holds under this key what is no entry of this version. */
export const unreadableKey = (key) =>
  Object.assign(failureUnder(key, "not_found", UNREADABLE, true), { retryable: true });

const EXPIRED =
  "No answer to this submission was ever seen, and it is over 24 hours old: sent again, it might be charged again";
const expired = ({ key }) => failureUnder(key, "resume_expired", EXPIRED, true);

const CONFLICT = "This idempotency key was used before, for another request; a new request needs a new key";

/** The entry of a key that the caller gave, as the journal finds it; it throws where that is of another request. */
export async function entryOf(core, { key, isCallers }, digest) {
  const entry = isCallers ? await core.journal.find(key) : null;
  if (entry && entry.digest !== digest) throw failureUnder(key, "idempotency_conflict", CONFLICT, false);
  return entry;
}

/** `client.generations.create`: its entry goes when the id is handed over. */
export async function createGeneration(core, request, body, key, timeoutMs, scope) {
  const digest = digestOf(request);
  const known = await entryOf(core, key, digest);
  scope.check();
  const entry = known ?? core.journal.draft(key, request, digest, body, "id");
  return core.journal.during(entry, async () => {
    const created =
      entry.id === undefined ? await submit(core, entry, key, { resumed: Boolean(known), timeoutMs }, scope) : null;
    const path = `/generations/${encodeId(entry.id ?? "") ?? ""}`;
    const generation =
      created ??
      (await lookingFor(core, entry.id, () => send(core, { path, expected: "generation", timeoutMs }, scope)));
    // One that somebody generates stays: it is that call's. On Workers it is noted before: whoever aborts meanwhile
    // finds it by its key.
    if (entry.until === "id")
      scope.afterwards(() => (core.settings.workerd ? core.journal.deliver(entry) : core.journal.remove(entry)));
    return generation;
  });
}

/** What any failure after the submission says of it. */
export function mark(error, { key, isCallers }) {
  if (error instanceof RivyaError) {
    Object.assign(error, {
      idempotencyKey: key,
      retryable: error.retryable && isCallers,
      attempts: Math.max(error.attempts, 1),
    });
  }
  return error;
}
