// One exchange over a fetch, from the request to the last byte. What a caller's fetch answers may be a look-alike; whatever it does, the
// promise resolves with plain data that Rust decides by. `controller` ends it: Rust aborts it when the call is dropped.

import { hasRequestCache, isBlob } from "./platform.js";

/** `setTimeout` takes a signed 32-bit number; a larger one fires at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;
/** The longest JSON text that is taken: the list of all models is about 100 kB. */
const MAX_TEXT_CHARACTERS = 8_000_000;
/** How much of a body or a message an error shows. */
const EXCERPT_CHARACTERS = 200;

const excerpt = (text) => text.slice(0, EXCERPT_CHARACTERS);

/** What something rejected with, in its own words. */
export function reasonOf(cause) {
  try {
    return excerpt(String(cause?.message ?? cause));
  } catch {
    return "no reason was given";
  }
}

/** Runs `work(moved)` until `limitMs` passed without a call of `moved`. The timer is gone when it ends or is aborted. */
async function within(limitMs, controller, work) {
  let timer;
  let expire;
  const expired = new Promise((_, reject) => (expire = reject));
  expired.catch(() => {});
  const moved = () => {
    clearTimeout(timer);
    if (controller.signal.aborted || !(limitMs <= MAX_TIMEOUT_MS)) return;
    timer = setTimeout(() => {
      expire("timeout");
      controller.abort();
    }, limitMs);
  };
  const stop = () => clearTimeout(timer);
  controller.signal.addEventListener("abort", stop, { once: true });
  moved();
  try {
    return await Promise.race([work(moved), expired]);
  } catch (cause) {
    return cause === "timeout" ? { timedOut: true } : { failure: reasonOf(cause) };
  } finally {
    stop();
    controller.signal.removeEventListener("abort", stop);
  }
}

/** A body that nobody reads is given up: it would hold its connection until it is collected. */
function ended(response, head) {
  response.body?.cancel?.().catch(() => {});
  return head;
}

function headOf(response) {
  const status = response?.status;
  if (!Number.isInteger(status) || status < 0 || status > 999) throw new TypeError("the fetch answered with something that is no Response");
  const after = response.headers?.get?.("retry-after") ?? undefined;
  return {
    status,
    // A 3xx, or the empty answer that `redirect: "manual"` gives for one in a page.
    redirected: (status >= 300 && status < 400) || response.type === "opaqueredirect",
    retryAfter: typeof after === "string" ? after : undefined,
    retryDateMs: typeof after === "string" ? Date.parse(after) : NaN,
  };
}

/**
 * What a call of the API is sent with. A body makes it a POST: text is JSON, anything else a form, whose boundary the platform names. A redirect
 * would carry the key elsewhere: `"manual"`, for `"error"` throws in workerd. `no-store`: the caches of frameworks make polls endless.
 */
export function initOf({ headers: pairs, credentials }, body, idempotencyKey, version) {
  const headers = new Headers(pairs);
  const init = { method: body === undefined ? "GET" : "POST", redirect: "manual", headers };
  headers.set("Accept", "application/json");
  if (credentials !== undefined) init.credentials = credentials;
  if (idempotencyKey !== undefined) headers.set("Idempotency-Key", idempotencyKey);
  if (body !== undefined) {
    init.body = body;
    headers.set("X-Rivya-Client", version);
    if (typeof body === "string") headers.set("Content-Type", "application/json");
  } else if (hasRequestCache()) init.cache = "no-store";
  return init;
}

/** What the proxy's results route is asked with: like the API, but its answer may be anything, from anywhere. */
export function resultInitOf(settings) {
  const init = initOf(settings, undefined, undefined, undefined);
  init.headers.delete("Accept");
  return init;
}

/** A call of the API: `{ status, redirected, retryAfter, retryDateMs, json, excerpt }`, or `{ failure }`, or `{ timedOut }`. */
export function exchange(fetcher, url, init, controller, timeoutMs) {
  init.signal = controller.signal;
  return within(timeoutMs, controller, async () => {
    const response = await fetcher(url, init);
    const head = headOf(response);
    if (head.redirected) return ended(response, head);
    let text;
    try {
      text = await response.text();
    } catch (cause) {
      // Cut off: of an error the status says enough, of a success nothing does.
      return { ...head, excerpt: reasonOf(cause) };
    }
    if (typeof text !== "string" || text.length > MAX_TEXT_CHARACTERS) return { ...head, excerpt: "a body longer than any of this API's" };
    try {
      return { ...head, json: JSON.parse(text), excerpt: excerpt(text) };
    } catch {
      return { ...head, excerpt: excerpt(text) || "an empty body" };
    }
  });
}

/** A result's bytes as a Blob: `{ status, retryAfter, retryDateMs, blob }`. `stallMs` without a byte ends it; `onBytes(loaded, total)` is told of each piece. */
export function transfer(fetcher, url, init, controller, stallMs, onBytes) {
  init.signal = controller.signal;
  return within(stallMs, controller, async (moved) => {
    const response = await fetcher(url, init);
    const head = headOf(response);
    // Followed where the caller's fetch follows: a result may lie anywhere. The proxy's route is asked not to.
    if (head.status < 200 || head.status > 299) return ended(response, head);
    moved();
    const header = (name) => response.headers?.get?.(name) ?? "";
    // The length of a compressed body is not that of the bytes which arrive.
    const length = header("content-encoding") ? NaN : parseInt(header("content-length"), 10);
    const reader = response.body?.getReader?.();
    if (!reader) return { ...head, blob: asBlob(await response.blob()) };
    const pieces = [];
    let loaded = 0;
    onBytes(0, length);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      moved();
      pieces.push(value);
      loaded += value.byteLength;
      onBytes(loaded, length);
    }
    return { ...head, blob: new Blob(pieces, { type: header("content-type") }) };
  });
}

/** What a `blob:` URL names. It lives in this page alone, so the platform's fetch reads it. */
export function readBlobUrl(url, controller, timeoutMs) {
  return transfer((address, init) => fetch(address, init), url, {}, controller, timeoutMs, () => {});
}

function asBlob(value) {
  if (!isBlob(value)) throw new TypeError("the fetch answered with a body that is no Blob");
  return value;
}
