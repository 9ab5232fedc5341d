// A caller's request, read once into plain data; what it may be, Rust says.

import { checked, placeOf, references, unknownFields } from "../js/arguments.js";
import { member } from "../js/data.js";
import { fileHandle, unreadable } from "../js/file.js";
import { readBlobUrl } from "../js/receive.js";
import { snapshot } from "../js/snapshot.js";

/** The body of `POST /generations` itself has its references in `params`. */
const BODY_SCHEMA = "model:s! prompt:s params:o client_request_id:s";
const SCHEMA = `${BODY_SCHEMA} references:l keepMetadata:b fit:off|limit`;

/** Reads the caller's object. Wrong types are a `TypeError` with their path. */
export function readRequest(request, withReferences) {
  if (typeof request !== "object" || request === null)
    throw new TypeError("request must be an object: { model, prompt, … }");
  const schema = withReferences ? SCHEMA : BODY_SCHEMA;
  const unknown = unknownFields(request, schema);
  const found = checked(request, "request", schema);
  return {
    __proto__: null,
    ...found,
    unknown,
    params: found.params === undefined ? undefined : snapshot(found.params, "params"),
    references: references(found.references),
  };
}

/** Reads what `blob:` URLs name: each is another one after a reload, its file is not. */
export async function readBlobUrls(core, found, scope) {
  for (const [at, reference] of found.entries()) {
    if (reference.blobUrl === undefined) continue;
    const blob = member(await readBlobUrl(reference.blobUrl, core.settings.timeoutMs, scope), "blob");
    if (blob === undefined)
      throw unreadable(placeOf(reference), "the blob: URL can't be read; it may have been revoked");
    found[at] = { __proto__: null, ...fileHandle(blob), index: reference.index };
  }
}
