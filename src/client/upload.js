// Uploads: a file is looked at, freed of its metadata, and sent by handle, in a form, in its turn.

import { headBytes, imageBytes } from "#client-glue";
import { placeOf } from "../js/arguments.js";
import { member } from "../js/data.js";
import { RivyaError } from "../js/error.js";
import { contentOf, headOf, parcelOf, refused } from "../js/file.js";
import { jsonOf } from "../js/json.js";
import { givenItem, paced, tellOffline, uploadedItem, uploading } from "../js/shapes.js";
import { Turnstile, moment } from "../js/timer.js";
import { canEncode, shrink } from "./fit.js";
import { cutMetadata } from "./metadata.js";
import { send } from "./send.js";

/**
 * Where no byte can be seen moving, an upload may take ten times `stallMs` in all: 600 s by default (our convention).
 */
const UNSEEN_FACTOR = 10;

/** One file is gone through while the one before it is on its way: more at once would only share the same thread. */
const CUTTING_PLACES = 2;

/** Where uploads queue: to be gone through, and to be sent. */
export const uploadQueues = ({ maxConcurrentUploads }) => ({
  cutting: new Turnstile(CUTTING_PLACES),
  sending: new Turnstile(maxConcurrentUploads),
});

/** On Workers no call may be woken by another, so each call has queues of its own. */
const queuesOf = ({ settings, uploads }) => (settings.workerd ? uploadQueues(settings) : uploads);

/**
 * Reads a file's first bytes into its `head`, and sees whether it is an image that is too large: without its metadata
 * it may not be.
 */
export async function lookAt(file, place, { model, keepMetadata, fit }, scope) {
  file.head = await headOf(file, headBytes(), place);
  file.seenAt = moment();
  scope.check();
  file.maxBytes = imageBytes(model, file);
  if (file.bytes > file.maxBytes && !keepMetadata) await cutMetadata(file, place, scope);
  if (file.bytes <= file.maxBytes || fit !== "limit") return;
  if (!canEncode()) {
    const { bytes, maxBytes } = file;
    throw refused(place, `has ${bytes} bytes; ${maxBytes} are sure to be taken, and there is no OffscreenCanvas`);
  }
  file.shrinks = true;
}

/**
 * Uploads a file that was looked at, or finds it uploaded: `{ answer, bytes, removed, name, type }`, what the server
 * said, what was sent and what was cut out. `fields`: `{ kind, model, name, client_request_id }`; `how`: `{
 * keepMetadata, fit, timeoutMs, seesBytes, group }`. `tell` hears of each step: `{ share, file }`, from 0 to 1 how far
 * it is, `{ offlineMs }` of an outage, `{ failed }` of a failure.
 */
function uploadOnce(core, queues, file, place, fields, how, scope, tell) {
  const { keepMetadata, fit, group } = how;
  const what = jsonOf([fields, !keepMetadata, fit === "limit"]);
  return core.reuse.during(file.blob, what, scope, tell, async (scope, tell) => {
    // Told within its turn: the place that this one leaves must not be taken by another of the same call.
    const inTurn = (queue, work) =>
      queue.during(
        scope,
        async () => {
          try {
            return await work();
          } catch (error) {
            tell({ __proto__: null, failed: error });
            throw error;
          }
        },
        group,
      );
    if (!keepMetadata) await inTurn(queues.cutting, () => cutMetadata(file, place, scope));
    return inTurn(queues.sending, () => sendFile(core, file, place, fields, how, scope, tell));
  });
}

async function sendFile(core, file, place, fields, { timeoutMs, seesBytes }, scope, tell) {
  // One at a time: decoded, a picture takes hundreds of megabytes.
  if (file.shrinks) await core.encoding.during(scope, () => shrink(file, place, scope));
  else file.content = await contentOf(file, place);
  const { bytes, removed, travels: type } = file;
  const begin = () => tell({ __proto__: null, share: 0, file });
  begin();
  const { stallMs } = core.settings;
  // All of it is there when the server says so.
  const onBytes = seesBytes ? (share) => share > 0 && share < 1 && tell({ __proto__: null, share, file }) : undefined;
  const transmission = { stallMs, unseenMs: stallMs * UNSEEN_FACTOR, timeoutMs, onBytes };
  const parcel = parcelOf(file, fields, type);
  const onOffline = (offlineMs) => tell({ __proto__: null, offlineMs });
  const call = { path: "/files", expected: "file", parcel, file, place, transmission, onOffline, onOnline: begin };
  const answer = await send(core, call, scope);
  return {
    answer,
    bytes,
    removed,
    name: file.name && parcel.name,
    type,
    once: member(answer, "duration_token") !== undefined,
  };
}

/** `files.upload`: looks at the file, checks it, sends it. */
export async function uploadFile(core, file, options, scope) {
  const { model, name, client_request_id, onProgress } = options;
  const place = "file";
  await lookAt(file, place, options, scope);
  const { kind, type } = core.rules.checkUpload(file, options);
  file.travels = type;
  const progress = paced(onProgress, (loadedBytes, totalBytes) => ({ loadedBytes, totalBytes }));
  const how = { ...options, seesBytes: onProgress !== undefined, group: scope };
  const tell = ({ share, file: sent }) => share !== undefined && progress(share, sent.bytes);
  const { answer, bytes, removed } = await uploadOnce(
    core,
    queuesOf(core),
    file,
    place,
    { kind, model, name, client_request_id },
    how,
    scope,
    tell,
  );
  progress(1, bytes);
  return removed === undefined ? answer : { ...answer, removed };
}

/** `files.inspect`: what `upload` would do with the file, and why it would not. */
export async function inspectFile(core, file, options, scope) {
  const { bytes } = file;
  const place = "file";
  const refusals = [];
  try {
    await lookAt(file, place, options, scope);
    if (!options.keepMetadata) await cutMetadata(file, place, scope);
  } catch (error) {
    if (!(error instanceof RivyaError) || error.code !== "validation_failed") throw error;
    refusals.push(...error.issues);
  }
  const { kind = null, type = null, issues, pixels } = core.rules.inspect(file, options);
  const { removed = [], pixels: [width = null, height = null] = pixels, shrinks = false } = file;
  const sentBytes = shrinks ? null : file.bytes;
  return { kind, mimeType: type, bytes, sentBytes, width, height, removed, shrinks, issues: [...issues, ...refusals] };
}

/**
 * Uploads the files among the references, a few at a time, and gives the items in the order of the references. The
 * first failure aborts the others: nothing was paid yet.
 */
export async function uploadAll(core, { model, references, keepMetadata, fit }, { kinds, types }, onProgress, scope) {
  const together = scope.child();
  const queues = queuesOf(core);
  const files = references.filter(({ blob }) => blob !== undefined);
  const how = { keepMetadata, fit, timeoutMs: undefined, seesBytes: onProgress !== undefined, group: scope };
  const progress = paced(onProgress, uploading(files.length));
  let first;
  try {
    return await Promise.all(
      references.map(async (reference, index) => {
        const kind = kinds[index];
        if (reference.blob === undefined) return givenItem(kind, reference);
        const place = files.indexOf(reference);
        reference.travels = types[index];
        const tell = ({ share, file: sent, offlineMs, failed }) => {
          if (share !== undefined) progress(share, sent.bytes, place, sent.removed);
          else if (offlineMs !== undefined && onProgress !== undefined) tellOffline(onProgress, offlineMs);
          if (failed === undefined) return;
          first ??= failed;
          together.end();
        };
        const { answer, bytes, removed, name, type } = await uploadOnce(
          core,
          queues,
          reference,
          placeOf(reference),
          { __proto__: null, kind, model },
          how,
          together,
          tell,
        );
        together.check();
        progress(1, bytes, place, removed);
        return uploadedItem(kind, answer, name, type);
      }),
    );
  } catch (error) {
    throw first ?? error;
  } finally {
    together.end();
  }
}
