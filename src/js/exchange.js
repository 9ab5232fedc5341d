// One exchange over a fetch, from the request to the last byte. What a caller's fetch answers may be a look-alike; whatever it does, the
// promise resolves with plain data that Rust decides by. Only the end of its scope rejects it.

import { describeFailure, excerpt, reasonOf } from "./failure.js";
import { hasRequestCache, isBlob, isOffline } from "./platform.js";
import { ENDED } from "./scope.js";
import { MAX_TIMEOUT_MS } from "./timer.js";

/** The longest JSON text that is taken: the list of all models is about 100 kB. */
const MAX_TEXT_CHARACTERS = 8_000_000;

/** Runs `work(signal, moved)` until `limitMs` passed without a call of `moved`. Neither timer nor request is left when it ends. */
export function within(limitMs, scope, work) {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    let timer;
    let over = false;
    const settle = (how, value) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      release();
      how(value);
    };
    const moved = () => {
      clearTimeout(timer);
      if (over || !(limitMs <= MAX_TIMEOUT_MS)) return;
      timer = setTimeout(() => {
        settle(resolve, { timedOut: true });
        controller.abort();
      }, limitMs);
    };
    const release = scope.add(() => {
      settle(reject, ENDED);
      controller.abort();
    });
    moved();
    work(controller.signal, moved).then(
      (answer) => settle(resolve, answer),
      (cause) => settle(resolve, { ...describeFailure(cause), offline: isOffline() }),
    );
  });
}

/** A body that nobody reads is given up: it would hold its connection until it is collected. */
function ended(response, head) {
  try {
    response.body?.cancel?.()?.catch?.(() => {});
  } catch {
    // A look-alike may do anything.
  }
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
  };
}

/**
 * What a call of the API is sent with. A body makes it a POST: text is JSON, anything else a form, whose boundary the platform names. A redirect
 * would carry the key elsewhere: `"manual"`, for `"error"` throws in workerd. `no-store`: the caches of frameworks make polls endless.
 */
export function initOf({ headers: pairs, credentials }, body, idempotencyKey) {
  const headers = new Headers(pairs);
  const init = { method: body === undefined ? "GET" : "POST", redirect: "manual", headers };
  headers.set("Accept", "application/json");
  if (credentials !== undefined) init.credentials = credentials;
  if (idempotencyKey !== undefined) headers.set("Idempotency-Key", idempotencyKey);
  if (body !== undefined) {
    init.body = body;
    headers.set("X-Rivya-Client", PACKAGE_VERSION); // the bundler knows it
    if (typeof body === "string") headers.set("Content-Type", "application/json");
  } else if (hasRequestCache()) init.cache = "no-store";
  return init;
}

/** What the proxy's results route is asked with: like the API, but its answer may be anything, from anywhere. */
export function resultInitOf(settings) {
  const init = initOf(settings);
  init.headers.delete("Accept");
  return init;
}

/** A call of the API: `{ status, redirected, retryAfter, json, excerpt }`, or `{ failure }`, or `{ timedOut }`. */
export function exchange(fetcher, url, init, timeoutMs, scope) {
  return within(timeoutMs, scope, async (signal) => answerOf(await fetcher(url, { ...init, signal })));
}

/** What an API's response says. */
export async function answerOf(response) {
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
}

/**
 * A result's bytes as a Blob: `{ status, retryAfter, blob }`. `stallMs` without a byte ends it, and so do `timeoutMs` in all;
 * `onBytes(loaded, total)` is told of each piece, total NaN where it is unknown.
 */
export async function transfer(fetcher, url, init, { stallMs, timeoutMs = Infinity }, scope, onBytes = () => {}) {
  const inTime = scope.child();
  try {
    return await within(timeoutMs, scope, () => moving(fetcher, url, init, stallMs, inTime, onBytes));
  } finally {
    inTime.end();
  }
}

function moving(fetcher, url, init, stallMs, scope, onBytes) {
  return within(stallMs, scope, async (signal, moved) => {
    const response = await fetcher(url, { ...init, signal });
    // It may have ended between the answer and this turn, or long before where the fetch heeds no signal.
    if (signal.aborted) throw ended(response, ENDED);
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
      // A fetch that is not the platform's may go on all the same.
      if (signal.aborted) {
        reader.cancel().catch(() => {});
        throw ENDED;
      }
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
export const readBlobUrl = (url, stallMs, scope) => transfer((address, init) => fetch(address, init), url, {}, { stallMs }, scope);

function asBlob(value) {
  if (!isBlob(value)) throw new TypeError("the fetch answered with a body that is no Blob");
  return value;
}
