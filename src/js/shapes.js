// Plain objects that leave the module: bodies for the API, progress for callers. A literal costs ten bytes here, and two hundred in WebAssembly.
// Members that are undefined are left out by JSON.stringify.

import { notify } from "./platform.js";

/** An item of `params.referenceMediaItems` (contract, section 5), from one that the caller gave. */
export const givenItem = (kind, { url, name, mimeType, durationSeconds, durationToken }) => ({ url, kind, name, mimeType, durationSeconds, durationToken });

/** The same for an upload: `duration_token` becomes `durationToken`. */
export const uploadedItem = (kind, { url, duration_token }, name, mimeType) => ({ url, kind, name, mimeType, durationToken: duration_token });

/** The body of `POST /generations` (contract, section 5) as text. */
export function generationBody(model, prompt, params, items, client_request_id) {
  if (items.length > 0) params = { ...params, referenceMediaItems: items };
  return JSON.stringify({ model, prompt, params, client_request_id });
}

export const tellUpload = (callback, file, files, loadedBytes, totalBytes) =>
  notify(callback, { phase: "uploading", file, files, loadedBytes, totalBytes });

export const tellSubmitting = (callback) => notify(callback, { phase: "submitting" });

export const tellLook = (callback, phase, generation, elapsedMs) => notify(callback, { phase, generation, elapsedMs, expectedMs: null });

/** `parts` is loaded and total bytes of each result in a row; a total that a host doesn't say is NaN. */
export function tellDownload(callback, parts) {
  let [loadedBytes, totalBytes] = [0, 0];
  for (let index = 0; index < parts.length; index += 2) {
    loadedBytes += parts[index];
    totalBytes += parts[index + 1];
  }
  notify(callback, { loadedBytes, totalBytes: Number.isNaN(totalBytes) ? null : totalBytes });
}
