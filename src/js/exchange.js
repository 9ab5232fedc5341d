// One exchange over a fetch, from the request to the last byte. What a caller's fetch answers may be a look-alike;
// whatever it does, the promise resolves with plain data that Rust decides by. Only the end of its scope rejects it.

import { giveUp, readPieces, readerOf } from "./body.js";
import { given } from "./data.js";
import { describeFailure, excerpt, reasonOf } from "./failure.js";
import { hasRequestCache, isOffline } from "./platform.js";
import { ENDED } from "./scope.js";
import { MAX_TIMEOUT_MS } from "./timer.js";

/** The longest JSON text that is taken: the list of all models is about 100 kB. */
export const MAX_TEXT_CHARACTERS = 8_000_000;

/**
 * Runs `work(signal, moved)` until `limitMs` passed without a call of `moved`. Neither timer nor request is left when
 * it ends.
 */
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
      (cause) => settle(resolve, { __proto__: null, ...describeFailure(cause), offline: isOffline() }),
    );
  });
}

/** A look-alike may lack what each Response has: what a script put on `Object.prototype` does not stand in for it. */
export const headersOf = (response) => given(response, "headers");

/** What an answer says apart from its body. Throws where it is no answer. */
export function headOf(response) {
  const status = response && given(response, "status");
  if (!Number.isInteger(status) || status < 0 || status > 999)
    throw new TypeError("the fetch answered with something that is no Response");
  const after = headersOf(response)?.get?.("retry-after") ?? undefined;
  return {
    status,
    // A 3xx, or the empty answer that `redirect: "manual"` gives for one in a page.
    redirected: (status >= 300 && status < 400) || given(response, "type") === "opaqueredirect",
    retryAfter: typeof after === "string" ? after : undefined,
  };
}

/**
 * What a call of the API is sent with. A body makes it a POST: text is JSON, anything else a form, whose boundary the
 * platform names. A redirect would carry the key elsewhere: `"manual"`, for `"error"` throws in workerd. `no-store`:
 * the caches of frameworks make polls endless.
 */
export function initOf({ headers: pairs, credentials }, body, idempotencyKey) {
  const headers = new Headers(pairs);
  // Without a prototype, and with a body in any case: Node's own fetch looks for one on `Object.prototype` where it is
  // not told that there is none.
  const init = {
    __proto__: null,
    method: body === undefined ? "GET" : "POST",
    body: body ?? null,
    redirect: "manual",
    headers,
  };
  headers.set("Accept", "application/json");
  if (credentials !== undefined) init.credentials = credentials;
  if (idempotencyKey !== undefined) headers.set("Idempotency-Key", idempotencyKey);
  if (body !== undefined) {
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
  return within(timeoutMs, scope, async (signal) => {
    const response = await fetcher(url, { __proto__: null, ...init, signal });
    // A fetch that heeds no signal answers whoever has left, too.
    if (signal.aborted) {
      giveUp(response);
      throw ENDED;
    }
    return answerOf(response, signal);
  });
}

/**
 * What an API's response says. Nothing more of it is received once `signal` is aborted, or when its text is longer than
 * any of the API's.
 */
export async function answerOf(response, signal) {
  const head = headOf(response);
  if (head.redirected) {
    giveUp(response);
    return head;
  }
  let text;
  try {
    text = await textOf(response, signal);
  } catch (cause) {
    // Cut off. An error's status is enough to judge it; a success without its body is not.
    return { ...head, excerpt: reasonOf(cause) };
  }
  if (typeof text !== "string" || text.length > MAX_TEXT_CHARACTERS)
    return { ...head, excerpt: "a body longer than any of this API's" };
  try {
    return { ...head, json: JSON.parse(text), excerpt: excerpt(text) };
  } catch {
    return { ...head, excerpt: excerpt(text) || "an empty body" };
  }
}

/** All of a body, as `what` gives it: `text` or `blob`. */
export function readWhole(response, what) {
  const reader = given(response, what);
  if (typeof reader !== "function") throw new TypeError(`the fetch answered with something that has no ${what}()`);
  return reader.call(response);
}

/** A body as text, or more than `MAX_TEXT_CHARACTERS` of it. A look-alike without a stream is read whole. */
async function textOf(response, signal) {
  const reader = readerOf(response);
  if (!reader) return readWhole(response, "text");
  const decoder = new TextDecoder();
  let text = "";
  await readPieces(reader, signal, (piece) => {
    text += decoder.decode(piece, { stream: true });
    return text.length <= MAX_TEXT_CHARACTERS;
  });
  return text + decoder.decode();
}
