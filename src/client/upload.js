// Uploads: the file by handle, in a form, in its turn.

import { headBytes } from "#client-glue";
import { headOf, parcelOf } from "../js/file.js";
import { givenItem, tellUpload, uploadedItem } from "../js/shapes.js";
import { ENDED } from "../js/scope.js";
import { Turnstile } from "../js/timer.js";
import { placeOf } from "./request.js";
import { send } from "./send.js";

/** Where no byte can be seen moving, an upload may take ten times `stallMs` in all: 600 s by default (our convention). */
const UNSEEN_FACTOR = 10;

/** Where uploads queue: on Workers no call may be woken by another, so each call has a queue of its own. */
const uploadTurns = ({ settings, uploads }) => (settings.workerd ? new Turnstile(settings.maxConcurrentUploads) : uploads);

const uploadCall = ({ settings }, file, place, fields, timeoutMs = settings.stallMs * UNSEEN_FACTOR) => ({
  path: "/files",
  expected: "file",
  parcel: parcelOf(file, fields),
  file,
  place,
  timeoutMs,
});

/** `files.upload`: looks at the file, checks it, sends it. */
export function uploadFile(core, file, options, scope) {
  return uploadTurns(core).during(scope, async () => {
    file.head = await headOf(file, headBytes(), "file");
    const { kind, type } = core.rules.checkUpload(file, options);
    return send(core, uploadCall(core, file, "file", { ...options, kind, type }, options.timeoutMs), scope);
  });
}

/**
 * Uploads the files among the references, a few at a time, and gives the items in the order of the references. The first failure aborts the
 * others: nothing was paid yet.
 */
export async function uploadAll(core, { model, references }, { kinds, types }, onProgress, scope) {
  const together = scope.child();
  const turns = uploadTurns(core);
  const files = references.filter(({ blob }) => blob !== undefined);
  let first;
  try {
    return await Promise.all(
      references.map(async (reference, index) => {
        const [kind, type] = [kinds[index], types[index]];
        if (reference.blob === undefined) return givenItem(kind, reference);
        const tell = (loadedBytes) => {
          if (onProgress !== undefined) tellUpload(onProgress, files.indexOf(reference), files.length, loadedBytes, reference.bytes);
        };
        return turns.during(together, async () => {
          tell(0);
          const call = uploadCall(core, reference, placeOf(index), { kind, model, type });
          const uploaded = await send(core, call, together).catch((error) => {
            // At once: the place that this one leaves must not be taken by another.
            first ??= error;
            together.end();
            throw error;
          });
          together.check();
          tell(reference.bytes);
          return uploadedItem(kind, uploaded, reference.name, type);
        });
      }),
    );
  } catch (error) {
    throw first ?? error;
  } finally {
    together.end();
  }
}
