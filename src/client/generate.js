// The whole job: check, upload, submit once, wait; and the same again from where it stopped.

import { State, stateOf } from "#client-glue";
import { holding } from "../js/lock.js";
import { generationBody, tellSubmitting } from "../js/shapes.js";
import { now } from "../js/timer.js";
import { delivered, isLost, lookingFor, toldOfEnd } from "./delivery.js";
import { digestOf } from "./journal.js";
import { hasEnded } from "./looks.js";
import { placeOf, readBlobUrls } from "./request.js";
import { entryOf, mark, submit, unknownKey } from "./submit.js";
import { lookAt, uploadAll } from "./upload.js";
import { Wait, report, resultOf } from "./wait.js";

/** `client.generate`, its arguments read. */
export async function generate(core, request, options, key, scope) {
  await readBlobUrls(core, request.references, scope);
  const digest = digestOf(request);
  const known = await entryOf(core, key, digest);
  scope.check();
  if (known !== null) return carryOut(core, known, options, { key, resumed: true }, scope);
  const body = await prepare(core, request, options, scope);
  // Aborted in the callback just now: nothing is paid for what nobody waits for.
  scope.check();
  const entry = core.journal.draft(key, request, digest, body, "result");
  return carryOut(core, entry, options, { key, resumed: false }, scope);
}

/** `client.resume`: by key, or by the id of a generation, which the journal need not know. */
export async function resume(core, { idempotencyKey: key, generationId: id }, options, scope) {
  const entry = key === undefined ? ((await core.journal.list()).find((entry) => entry.id === id) ?? null) : await core.journal.find(key);
  scope.check();
  if (entry !== null) return carryOut(core, entry, options, { key: { key: entry.key, isCallers: true }, resumed: true }, scope);
  if (id === undefined) throw unknownKey(key);
  return waitFor(core, id, options, scope);
}

/** `client.generations.wait`. */
export async function waitFor(core, id, options, scope) {
  const wait = new Wait(core, id, options.waitTimeoutMs, scope);
  const { generation, state } = await lookingFor(core, id, () => wait.untilEnded(options.onProgress, scope));
  scope.afterwards(() => toldOfEnd(core, id, state));
  return resultOf(generation, state);
}

/** Everything before the submission: nothing is paid yet. Gives the body. */
async function prepare(core, request, { onProgress, validation }, scope) {
  for (const [index, reference] of request.references.entries()) {
    if (reference.blob !== undefined) await lookAt(reference, placeOf(index), request, scope);
  }
  const travelling = core.rules.check(request, validation);
  const items = await uploadAll(core, request, travelling, onProgress, scope);
  scope.check();
  if (onProgress !== undefined) tellSubmitting(onProgress);
  return generationBody(request, travelling.params, items);
}

/** From an entry to its result, all pages being told that somebody is at it. */
function carryOut(core, entry, options, { key, resumed }, scope) {
  const { journal } = core;
  const work = async () => {
    scope.check();
    const atMs = now();
    const seen = core.durations.of(entry.model);
    const submitted = entry.id === undefined ? await submit(core, entry, key, { resumed }, scope) : null;
    const acceptedMs = now();
    try {
      const { generation, state, tookMs } = await end(core, entry, options, { submitted, atMs, seenMs: await seen, startedMs: resumed ? undefined : acceptedMs }, scope);
      if (state === State.Succeeded && tookMs > 0) scope.afterwards(() => core.durations.note(entry.model, tookMs));
      scope.afterwards(() => (state === State.Succeeded ? journal.change(entry, delivered()) : journal.remove(entry)));
      return resultOf(generation, state);
    } catch (error) {
      if (isLost(error)) await journal.change(entry, { state: "lost" });
      throw mark(error, key);
    }
  };
  return journal.during(entry, () => holding(journal.nameOf(entry.key), true, scope, work));
}

/** Looks until the end. */
async function end(core, { id, model, ...entry }, { onProgress, waitTimeoutMs }, { submitted, atMs, seenMs, startedMs }, scope) {
  if (submitted === null) {
    // By the wall clock: it may have been begun in another visit.
    const since = { model, seenMs, startedMs: now() - Math.max(0, Date.now() - entry.startedMs) };
    return new Wait(core, id, waitTimeoutMs, scope, since).untilEnded(onProgress, scope);
  }
  const state = stateOf(submitted);
  if (hasEnded(state)) return { generation: submitted, state };
  const wait = new Wait(core, submitted.id, waitTimeoutMs, scope, { submitted, model, atMs, seenMs, startedMs });
  report(onProgress, submitted, state, wait);
  return wait.untilEnded(onProgress, scope);
}
