// One reference as a caller gives it: a file, bytes, a URL, an uploaded file or an item.

import { isArray, isBlob, isObject, isSharedBuffer, isUrl } from "./brands.js";
import { blobOfBytes, isBuffer } from "./buffers.js";
import { checked } from "./checked.js";
import { blobOfDataUrl } from "./data-url.js";
import { nullable } from "./optional.js";
import { boundedString, number, oneOf, text } from "./validators.js";
import { wrong } from "./wrong.js";

const ITEM = {
  url: text,
  kind: nullable(oneOf("image", "video", "audio")),
  name: nullable(text),
  mimeType: nullable(text),
  durationSeconds: nullable(number),
  durationToken: nullable(text),
  duration_token: nullable(text),
};

/**
 * `{ blob }` of a file, `{ blobUrl }` of a URL to be read, or an item as the API takes it.
 *
 * @param {unknown} value
 * @param {string} path
 */
export function reference(value, path) {
  if (isBlob(value)) return { blob: value };
  if (isBuffer(value)) return { blob: copyOf(value, path) };
  const given = isUrl(value) ? value.href : value;
  return typeof given === "string" ? ofUrl(given, path) : ofItem(given, path);
}

/**
 * Whether it has a Blob's prototype, whatever it is.
 *
 * @param {unknown} value
 */
function seemsABlob(value) {
  try {
    return value instanceof Blob;
  } catch {
    return false;
  }
}

/**
 * @param {unknown} value
 * @param {string} path
 */
function ofItem(value, path) {
  // A proxy of a file seems to be one, and no platform but Node's takes it for one.
  if (!isObject(value) || isArray(value) || isSharedBuffer(value) || seemsABlob(value)) {
    wrong(
      path,
      "a Blob, a File, bytes (an ArrayBuffer or a view of a buffer), an uploaded file, a reference item, or a URL",
      value,
    );
  }
  const { duration_token, ...item } = checked(value, path, ITEM);
  const scheme = schemeOf(item.url);
  // Nobody but this page can read such a URL: its file is uploaded, as if it had been given alone.
  if (scheme === "data:" || scheme === "blob:") return ofUrl(item.url, path);
  if (scheme === undefined) wrong(`${path}.url`, "an absolute URL", item.url);
  // An uploaded file spells it `duration_token`, an item `durationToken` (contract, section 5).
  return { ...item, durationToken: item.durationToken ?? duration_token };
}

/**
 * @param {string} url
 * @param {string} path
 */
function ofUrl(url, path) {
  const scheme = schemeOf(url);
  if (scheme === "data:") return { blob: fileOf(url, path) };
  if (scheme === "blob:") return { blobUrl: boundedString(url, path) };
  if (scheme === "https:" || scheme === "http:") return { url: boundedString(url, path) };
  return wrong(path, "a data:, blob:, http: or https: URL, or a file", url);
}

/** @param {string} url */
const schemeOf = (url) => /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase();

/**
 * @param {string} url
 * @param {string} path
 */
function fileOf(url, path) {
  try {
    return blobOfDataUrl(url);
  } catch (cause) {
    throw new TypeError(`${path} is no valid data: URL: ${/** @type {Error} */ (cause).message}`, { cause });
  }
}

/**
 * Bytes as a file: what becomes of the caller's memory afterwards changes nothing.
 *
 * @param {ArrayBuffer | ArrayBufferView} bytes
 * @param {string} path
 */
function copyOf(bytes, path) {
  try {
    return blobOfBytes(bytes);
  } catch (cause) {
    throw new TypeError(
      `${path} can't be read: its memory was handed over to somebody else (detached), or there is no room for a copy`,
      { cause },
    );
  }
}
