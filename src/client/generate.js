// The whole job: check, upload, submit once, wait.

import { stateOf } from "#client-glue";
import { generationBody, tellSubmitting } from "../js/shapes.js";
import { now } from "../js/timer.js";
import { hasEnded } from "./looks.js";
import { lookAtFiles } from "./request.js";
import { mark, submit } from "./submit.js";
import { uploadAll } from "./upload.js";
import { Wait, report, resultOf } from "./wait.js";

/** `client.generate`, its arguments read. */
export async function generate(core, request, options, key, scope) {
  const body = await prepare(core, request, options, scope);
  // Aborted in the callback just now: nothing is paid for what nobody waits for.
  scope.check();
  const submittedMs = now();
  const generation = await submit(core, body, key, undefined, scope);
  try {
    return await follow(core, request, options, generation, submittedMs, scope);
  } catch (error) {
    throw mark(error, key);
  }
}

/** Everything before the submission: nothing is paid yet. Gives the body. */
async function prepare(core, request, { onProgress, validation }, scope) {
  await lookAtFiles(core, request.references, scope);
  const travelling = core.rules.check(request, validation);
  const items = await uploadAll(core, request, travelling, onProgress, scope);
  scope.check();
  if (onProgress !== undefined) tellSubmitting(onProgress);
  return generationBody(request, travelling.params, items);
}

/** Everything after it. */
async function follow(core, { model }, { onProgress, waitTimeoutMs }, submitted, atMs, scope) {
  const state = stateOf(submitted);
  if (hasEnded(state)) return resultOf(submitted, state);
  report(onProgress, submitted, state, now() - atMs);
  const wait = new Wait(core, submitted.id, waitTimeoutMs, scope, { submitted, model, atMs });
  return wait.untilEnded(onProgress, scope);
}
