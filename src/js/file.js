// Files by handle: a Blob goes into a form by reference, and what is looked at of it stays in JavaScript.

import { makeError, makeIssue } from "./error.js";
import { getter } from "./platform.js";

export const sizeOf = (blob) => getter("Blob", "size").call(blob);
export const streamOf = (blob) => Blob.prototype.stream.call(blob);
const sliceOf = (blob, start, end, type) => Blob.prototype.slice.call(blob, start, end, type);

/** Through the platform's own accessors: what a caller's object says of itself (an overridden `size`) is not asked. */
export const fileHandle = (blob) => ({
  __proto__: null,
  blob,
  bytes: sizeOf(blob),
  type: String(getter("Blob", "type").call(blob)),
  name: nameOf(blob) || undefined,
});

/** Undefined for a Blob, which has no name. */
function nameOf(blob) {
  try {
    return getter("File", "name").call(blob);
  } catch {
    return undefined;
  }
}

/** Whether it is what a form holds of a file input in which nothing was chosen: `new FormData(form).get("photo")`. */
export const isOfEmptyInput = (blob) => nameOf(blob) === "" && sizeOf(blob) === 0;

/** An error of a file that can't be read. `place`: what the caller knows it by. */
export const unreadable = (place, why) => makeError("file_unreadable", `${place}: ${why}`);

export const unreadableNow = (place) =>
  unreadable(
    place,
    "the file can't be read: it has changed or gone since it was chosen, or the browser has no room for it",
  );

/** A file that is refused here. `what` reads on from its place. */
export const refused = (place, what) =>
  makeError("validation_failed", `${place} ${what}`, null, null, false, null, [makeIssue(place, what, "error")]);

/**
 * The bytes from `start` to `end`. Where the platform can't read them, the file changed on disk, or went. A slice of a
 * file fails then, while the file itself would be uploaded with other bytes.
 */
export async function bytesOf(blob, start, end, place) {
  const bytes = await Blob.prototype.arrayBuffer.call(sliceOf(blob, start, end)).catch(() => undefined);
  // Firefox answers with what is left of a file that was cut short.
  if (bytes?.byteLength !== Math.min(end, sizeOf(blob)) - start) throw unreadableNow(place);
  return new Uint8Array(bytes);
}

/** How each file began when it was read first. */
const heads = new WeakMap();

/**
 * Its first bytes, by which it is known, always as many. Firefox and Bun read a file that was replaced on disk without
 * a word.
 */
export async function headOf(file, bytes, place) {
  const head = await bytesOf(file.blob, 0, bytes, place);
  const first = heads.get(file.blob) ?? head;
  heads.set(file.blob, first);
  if (head.some((byte, at) => byte !== first[at])) throw unreadableNow(place);
  return head;
}

/**
 * Throws where a file is another by now, or where it, or what is sent of it, can no longer be read. Their last bytes: a
 * file that was cut short on disk still has its first ones.
 */
export async function checkUnchanged(file, place) {
  await headOf(file, file.head.length, place);
  for (const blob of new Set([file.blob, file.content]))
    await bytesOf(blob, Math.max(sizeOf(blob) - 1, 0), sizeOf(blob), place);
}

/** Endings of names, and what they stand for; the first one of a type is written where another was wrong. */
const ENDINGS = {
  __proto__: null,
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  heic: "image/heic",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mkv: "video/x-matroska",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  wav: "audio/wav",
  ogg: "audio/ogg",
};

const endingOf = (type) => Object.keys(ENDINGS).find((ending) => ENDINGS[ending] === type);

/** A file's name with the ending of what it is: some servers go by that. */
const named = (name, type) =>
  name.replace(/\.(\w+)$/, (written, ending) =>
    (ENDINGS[ending.toLowerCase()] ?? type) === type ? written : `.${endingOf(type) ?? ending}`,
  );

/**
 * What goes into the form of an upload. A Blob has no name; the API's samples all have one. `name`: what the caller
 * calls it.
 */
export const parcelOf = (file, { kind, model, client_request_id, name }, type = file.type) => ({
  __proto__: null,
  blob: file.content,
  fields: { kind, model, client_request_id },
  type,
  name: name ?? named(file.name ?? `reference.${endingOf(type) ?? "bin"}`, type),
});

/**
 * The form, made anew for each attempt, in the order of the contract (section 7.1). The file goes in as a slice of
 * itself, typed anew.
 */
export function formOf({ blob, fields, type, name }) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) form.append(key, value);
  form.append("file", sliceOf(blob, 0, sizeOf(blob), type), name);
  return form;
}

/**
 * What is left of a file without its `cuts`. Made when it is sent, and held no longer: of a file that lies in memory,
 * Chromium copies each slice.
 */
export async function contentOf(file, place) {
  const { blob, cuts = [] } = file;
  if (cuts.length === 0) return blob;
  const content = without(blob, cuts);
  if (sizeOf(content) === file.bytes) return content;
  // Bun leaves slices of its own files (`Bun.file`) out of a Blob.
  return without(new Blob([await bytesOf(blob, 0, sizeOf(blob), place)]), cuts);
}

/** Slices of a file without the stretches `[start, end, ...patch]`, whose patches come into their place. */
function without(blob, cuts) {
  const parts = [];
  let from = 0;
  for (const [start, end, ...patch] of cuts) {
    parts.push(sliceOf(blob, from, start), new Uint8Array(patch));
    from = end;
  }
  return new Blob([...parts, sliceOf(blob, from, sizeOf(blob))]);
}
