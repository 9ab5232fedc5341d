// The whole job: check, upload, submit once, wait; and the same again from where it stopped.

import { State, stateOf } from "#client-glue";
import { placeOf } from "../js/arguments.js";
import { generationBody, tellOffline, tellSubmitting } from "../js/shapes.js";
import { moment, now } from "../js/timer.js";
import { isLost, lookingFor, toldOfEnd } from "./delivery.js";
import { digestOf } from "./journal.js";
import { hasEnded } from "./looks.js";
import { readBlobUrls } from "./request.js";
import { entryOf, mark, submit, unknownKey, unreadableKey } from "./submit.js";
import { lookAt, uploadAll } from "./upload.js";
import { Wait, report, resultOf } from "./wait.js";

/** `client.generate`, its arguments read. */
export async function generate(core, request, options, key, scope) {
  await readBlobUrls(core, request.references, scope);
  const digest = digestOf(request);
  const known = await entryOf(core, key, digest);
  scope.check();
  if (known) return carryOut(core, known, options, { key, resumed: true, atMs: now() }, scope);
  const body = await prepare(core, request, options, scope);
  // Aborted in the callback just now: nothing is paid for what nobody waits for.
  scope.check();
  const entry = core.journal.draft(key, request, digest, body, "result");
  return carryOut(core, entry, options, { key, resumed: false, atMs: now() }, scope);
}

/** `client.resume`: by key, or by the id of a generation, which the journal need not know. */
export async function resume(core, { idempotencyKey: key, generationId: id }, options, scope) {
  const atMs = now();
  const byId = async () => (await core.journal.list()).find((entry) => entry.id === id) ?? null;
  const entry = await (key === undefined ? byId() : core.journal.find(key));
  scope.check();
  if (entry) {
    const asCallers = { key: entry.key, isCallers: true };
    return carryOut(core, entry, options, { key: asCallers, resumed: true, atMs }, scope);
  }
  if (id === undefined) throw entry === undefined ? unreadableKey(key) : unknownKey(key);
  return waitFor(core, id, options, scope);
}

/** `client.generations.wait`. */
export async function waitFor(core, id, options, scope) {
  const wait = new Wait(core, id, { limitAtMs: now() + options.waitTimeoutMs }, scope);
  const { generation, state } = await lookingFor(core, id, () => wait.untilEnded(options.onProgress, scope));
  scope.afterwards(() => toldOfEnd(core, id, state));
  return resultOf(generation, state);
}

/** Everything before the submission: nothing is paid yet. Gives the body. */
async function prepare(core, request, { onProgress, validation }, scope) {
  for (const reference of request.references) {
    if (reference.blob !== undefined) await lookAt(reference, placeOf(reference), request, scope);
  }
  const travelling = core.rules.check(request, validation);
  const items = await uploadAll(core, request, travelling, onProgress, scope);
  scope.check();
  if (onProgress !== undefined) tellSubmitting(onProgress);
  return generationBody(request, travelling.params, items);
}

/** From an entry to its result, all pages being told that somebody is at it. `atMs`: when the wait began. */
function carryOut(core, entry, options, { key, resumed, atMs }, scope) {
  const { journal } = core;
  const { onProgress, waitTimeoutMs } = options;
  const limitAtMs = atMs + waitTimeoutMs;
  const onOffline = onProgress && ((sinceMs) => tellOffline(onProgress, sinceMs));
  const onOnline = onProgress && (() => tellSubmitting(onProgress));
  const work = async () => {
    scope.check();
    const seen = core.durations.of(entry.model);
    const submission = { __proto__: null, timeoutMs: undefined, resumed, limitAtMs, onOffline, onOnline };
    const submitted = entry.id === undefined ? await submit(core, entry, key, submission, scope) : null;
    const accepted = moment();
    // By the wall clock: it may have been begun in another visit.
    const begun = [accepted[0] - Math.max(0, accepted[1] - entry.startedMs), Math.min(accepted[1], entry.startedMs)];
    const since = submitted === null || resumed ? begun : accepted;
    const started = submitted === null ? begun : resumed ? undefined : accepted;
    try {
      const known = { submitted, model: entry.model, limitAtMs, since, seenMs: await seen, started };
      const { generation, state, tookMs } = await end(core, entry, onProgress, known, scope);
      if (state === State.Succeeded && tookMs > 0) scope.afterwards(() => core.durations.note(entry.model, tookMs));
      scope.afterwards(() => (state === State.Succeeded ? journal.deliver(entry) : journal.remove(entry)));
      return resultOf(generation, state);
    } catch (error) {
      if (isLost(error)) await journal.change(entry, { state: "lost" });
      throw mark(error, key);
    }
  };
  return journal.during(entry, work);
}

/** Looks until the end. `known`: what `Wait` is told. */
async function end(core, { id }, onProgress, known, scope) {
  const { submitted } = known;
  const state = submitted && stateOf(submitted);
  if (submitted && hasEnded(state)) return { generation: submitted, state, tookMs: undefined };
  const wait = new Wait(core, id, known, scope);
  if (submitted) report(onProgress, submitted, state, wait);
  return wait.untilEnded(onProgress, scope);
}
