// Plain objects that leave the client: bodies for the API, progress for callers. Members that are undefined are left
// out of JSON.

import { member } from "./data.js";
import { jsonOf } from "./json.js";
import { notify } from "./platform.js";
import { now } from "./timer.js";

/** Nobody's eyes need more than 20 a second. */
const PACE_MS = 50;

/** An item of `params.referenceMediaItems` (contract, section 5), from one that the caller gave. */
export const givenItem = (kind, { url, name, mimeType, durationSeconds, durationToken }) => ({
  url,
  kind,
  name,
  mimeType,
  durationSeconds,
  durationToken,
});

/** The same for an upload: `duration_token` becomes `durationToken`. */
export const uploadedItem = (kind, answer, name, mimeType) => ({
  url: answer.url,
  kind,
  name,
  mimeType,
  durationToken: member(answer, "duration_token"),
});

/**
 * The body of `POST /generations` (contract, section 5) as text. `travelling`: the params as the rules have them sent,
 * where there are any.
 */
export function generationBody({ model, prompt, params, client_request_id }, travelling, items) {
  params &&= travelling;
  if (items.length > 0) params = { ...params, referenceMediaItems: items };
  return jsonOf({ model, prompt, params, client_request_id });
}

/**
 * Progress of uploads over one callback: `(share, totalBytes, file, …)`, at most 20 a second. That a file begins (0)
 * and that it is there (1) is told in any case. `shape(loadedBytes, totalBytes, file, …)` makes what the callback is
 * given.
 */
export function paced(callback, shape) {
  if (callback === undefined) return () => {};
  const begun = new Set();
  let lastMs = -Infinity;
  return (share, totalBytes, file, ...more) => {
    const tell = (loadedBytes) => {
      lastMs = now();
      notify(callback, shape(loadedBytes, totalBytes, file, ...more));
    };
    const begins = !begun.has(file);
    begun.add(file);
    // After an outage it begins once more.
    if (begins || share === 0) tell(0);
    if (share === 1 || (share > 0 && now() - lastMs >= PACE_MS)) tell(Math.round(share * totalBytes));
  };
}

export const uploading =
  (files) =>
  (loadedBytes, totalBytes, file, removed = []) => ({
    phase: "uploading",
    file,
    files,
    loadedBytes,
    totalBytes,
    removed,
  });

export const tellSubmitting = (callback) => notify(callback, { phase: "submitting" });

/** `sinceMs`: since the network was lost. */
export const tellOffline = (callback, sinceMs) => notify(callback, { phase: "offline", sinceMs });

export const tellLook = (callback, phase, generation, elapsedMs, expectedMs) =>
  notify(callback, { phase, generation, elapsedMs, expectedMs });

/** `parts`: loaded and total bytes of each result; a total that a host doesn't say is NaN. */
export function tellDownload(callback, parts) {
  const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
  const totalBytes = sum("total");
  notify(callback, { loadedBytes: sum("loaded"), totalBytes: Number.isNaN(totalBytes) ? null : totalBytes });
}
