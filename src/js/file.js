// Files by handle: a Blob goes into a form as it is, and only its first bytes are ever read.

import { makeError } from "./error.js";
import { getter } from "./platform.js";

/** Through the platform's own accessors: what a caller's object says of itself (an overridden `size`) is not asked. */
export function fileHandle(blob) {
  let name;
  try {
    name = getter("File", "name").call(blob) || undefined;
  } catch {
    // A Blob has no name.
  }
  return { blob, bytes: getter("Blob", "size").call(blob), type: String(getter("Blob", "type").call(blob)), name };
}

/** An error of a file that can't be read. `place`: what the caller knows it by. */
export const unreadable = (place, why) => makeError("file_unreadable", `${place}: ${why}`);

/**
 * The bytes from `start` to `end`. Where the platform can't read them, the file changed on disk, or went. A slice of a file fails then, while
 * the file itself would be uploaded with other bytes.
 */
async function bytesOf({ blob }, start, end, place) {
  try {
    return new Uint8Array(await Blob.prototype.arrayBuffer.call(Blob.prototype.slice.call(blob, start, end)));
  } catch {
    throw unreadable(place, "the file can't be read; it has changed or gone since it was chosen");
  }
}

/** Its first bytes, by which it is known. */
export const headOf = (file, bytes, place) => bytesOf(file, 0, bytes, place);

/** Throws where it can no longer be read. Its last byte: a file that was cut short on disk still has its first one. */
export const checkReadable = (file, place) => bytesOf(file, Math.max(file.bytes - 1, 0), file.bytes, place);

/** What goes into the form of an upload. A Blob has no name; the API's samples all have one. */
export const parcelOf = (file, { kind, model, client_request_id, type = file.type, name = file.name }) => ({
  blob: file.blob,
  fields: { kind, model, client_request_id },
  type,
  name: name ?? `reference.${type.split("/")[1] || "bin"}`,
});

/** The form, made anew for each attempt, in the order of the contract (section 7.1). The file goes in as a slice of itself, typed anew. */
export function formOf({ blob, fields, type, name }) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) form.append(key, value);
  form.append("file", Blob.prototype.slice.call(blob, 0, getter("Blob", "size").call(blob), type), name);
  return form;
}
