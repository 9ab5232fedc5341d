// The whole job: check, upload, submit once, wait; and the same again from where it stopped.

import { State, isLostAfter, stateOf } from "#client-glue";
import { RivyaError } from "../js/error.js";
import { holding } from "../js/lock.js";
import { generationBody, tellSubmitting } from "../js/shapes.js";
import { now } from "../js/timer.js";
import { digestOf } from "./journal.js";
import { hasEnded } from "./looks.js";
import { lookAtFiles } from "./request.js";
import { entryOf, mark, submit, unknownKey } from "./submit.js";
import { uploadAll } from "./upload.js";
import { Wait, report, resultOf } from "./wait.js";

/** `client.generate`, its arguments read. */
export async function generate(core, request, options, key, scope) {
  const digest = digestOf(request);
  const known = await entryOf(core, key, digest);
  scope.check();
  if (known !== null) return carryOut(core, known, options, { key, resumed: true }, scope);
  const body = await prepare(core, request, options, scope);
  // Aborted in the callback just now: nothing is paid for what nobody waits for.
  scope.check();
  const entry = await core.journal.begin(key, request, digest, body);
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

/** Who was told of the end of a generation by its id need not be told again by its entry. */
export const toldOfEnd = (core, id, state) => core.journal.told(id, state === State.Succeeded ? { state: "succeeded", deliveredMs: Date.now() } : null);

/** `client.generations.wait`. */
export async function waitFor(core, id, options, scope) {
  try {
    const { generation, state } = await new Wait(core, id, options.waitTimeoutMs, scope).untilEnded(options.onProgress, scope);
    await toldOfEnd(core, id, state);
    return resultOf(generation, state);
  } catch (error) {
    if (isLost(error)) await core.journal.told(id, { state: "lost" });
    throw error;
  }
}

const isLost = (error) => error instanceof RivyaError && isLostAfter(error.status ?? undefined, error.code);

/** Everything before the submission: nothing is paid yet. Gives the body. */
async function prepare(core, request, { onProgress, validation }, scope) {
  await lookAtFiles(core, request.references, scope);
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
    const submitted = entry.id === undefined ? await submit(core, entry, key, { resumed }, scope) : null;
    try {
      const { generation, state } = await end(core, entry, options, submitted, atMs, scope);
      // A call that was aborted hands over nothing.
      scope.check();
      if (state === State.Succeeded) await journal.change(entry, { state: "succeeded", deliveredMs: Date.now() });
      else await journal.remove(entry);
      return resultOf(generation, state);
    } catch (error) {
      if (isLost(error)) await journal.change(entry, { state: "lost" });
      throw mark(error, key);
    }
  };
  return journal.during(entry, () => holding(journal.lockOf(entry.key), true, scope, work));
}

/** Looks until the end. */
async function end(core, { id, model }, { onProgress, waitTimeoutMs }, submitted, atMs, scope) {
  if (submitted === null) return new Wait(core, id, waitTimeoutMs, scope).untilEnded(onProgress, scope);
  const state = stateOf(submitted);
  if (hasEnded(state)) return { generation: submitted, state };
  report(onProgress, submitted, state, now() - atMs);
  return new Wait(core, submitted.id, waitTimeoutMs, scope, { submitted, model, atMs }).untilEnded(onProgress, scope);
}
