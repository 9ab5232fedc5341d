// An upload whose bytes can be seen going. `fetch` tells nothing of them: browsers have XMLHttpRequest for it, and
// elsewhere the body is a stream that is counted. (A browser must not be asked for the latter: Firefox uploads the text
// "[object ReadableStream]" and calls it a success.)

import { member } from "./data.js";
import { MAX_TEXT_CHARACTERS, answerOf, exchange, within } from "./exchange.js";
import { hasXhr } from "./platform.js";

/**
 * Whether XMLHttpRequest may stand in for fetch: it follows redirects with our headers, a key among them, and always
 * sends cookies to its own origin.
 */
const mayUseXhr = ({ isPlatformFetch, holdsKey, credentials }) =>
  hasXhr() && isPlatformFetch && !holdsKey && credentials !== "omit";

/** Node, Deno and Bun. Workers count a stream ten times slower than they pass it on. */
const mayStream = ({ isPlatformFetch, browser, workerd }) => isPlatformFetch && !browser && !workerd;

/** Servers that take no body without its length, by where they are. */
const needLength = new Set();
const LENGTH_REQUIRED = 411;
const PIECE_BYTES = 131_072;
/** UTF-8 has at most three bytes for each character that JavaScript counts. */
const MAX_TEXT_BYTES = 3 * MAX_TEXT_CHARACTERS;

/**
 * Sends a form, and answers what `exchange` does. `onBytes(share)` is told how much of the body has gone, from 0 to 1,
 * as far as that can be seen; `stallMs` without a byte ends it, and so do `timeoutMs` in all. Where nothing can be
 * seen, `unseenMs` in all stand for `stallMs`.
 */
export async function transmit(settings, url, init, bytes, { stallMs, unseenMs, timeoutMs, onBytes }, scope) {
  const plain = () => exchange(settings.fetch, url, init, timeoutMs ?? unseenMs, scope);
  if (onBytes === undefined) return plain();
  const how = mayUseXhr(settings) ? overXhr : mayStream(settings) && !needLength.has(url) ? counted : null;
  if (how === null) return plain();
  const inTime = scope.child();
  try {
    const outcome = await within(timeoutMs ?? Infinity, scope, () =>
      within(stallMs, inTime, (signal, moved) =>
        how(url, init, signal, (loaded, total = bytes) => {
          moved();
          onBytes(Math.min(loaded / total, 1));
        }),
      ),
    );
    if (member(outcome, "status") !== LENGTH_REQUIRED || how !== counted) return outcome;
    needLength.add(url);
    return plain();
  } finally {
    inTime.end();
  }
}

function overXhr(url, { method, headers, body, credentials }, signal, moved) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    signal.addEventListener("abort", () => xhr.abort());
    xhr.open(method, url);
    // Browsers keep a long one on disk; as text it would be in memory at once.
    xhr.responseType = "blob";
    xhr.withCredentials = credentials === "include";
    headers.forEach((value, name) => xhr.setRequestHeader(name, value));
    xhr.upload.onprogress = ({ loaded, total }) => moved(loaded, total);
    xhr.onerror = () => reject(new TypeError("the network failed"));
    const answer = (text) => {
      const head = new Headers();
      // Not by its name: of a header that a page may not see, browsers complain on the console.
      for (const [, name, value] of xhr.getAllResponseHeaders().matchAll(/^([^:\r\n]+): *([^\r\n]*)/gm))
        head.append(name, value);
      // It was followed already.
      const type = xhr.responseURL === url ? "basic" : "opaqueredirect";
      resolve(answerOf({ __proto__: null, status: xhr.status, type, headers: head, text }, signal));
    };
    const tooLong = async () => undefined;
    xhr.onload = () => answer(async () => (xhr.response.size > MAX_TEXT_BYTES ? tooLong() : xhr.response.text()));
    // An answer without end is cut off as it comes. Firefox tells of no progress while the data come faster than it can
    // take them.
    xhr.onprogress = ({ loaded }) => {
      if (loaded <= MAX_TEXT_BYTES) return;
      answer(tooLong);
      xhr.abort();
    };
    xhr.send(body);
  });
}

async function counted(url, { body: form, headers: given, ...init }, signal, moved) {
  const whole = new Response(form);
  // Its own: where the form is sent once more, it has another boundary.
  const headers = new Headers(given);
  // Before its body is touched: Bun forgets it then.
  headers.set("Content-Type", whole.headers.get("Content-Type"));
  const reader = whole.body.getReader();
  let piece = new Uint8Array();
  let loaded = 0;
  const body = new ReadableStream(
    {
      __proto__: null,
      async pull(controller) {
        // Node and Deno bring a whole file at once: it is handed on as the connection asks for more.
        while (piece.length === 0) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          piece = value;
        }
        controller.enqueue(piece.subarray(0, PIECE_BYTES));
        loaded += Math.min(piece.length, PIECE_BYTES);
        piece = piece.subarray(PIECE_BYTES);
        return moved(loaded);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { __proto__: null, highWaterMark: 0 },
  );
  return answerOf(await fetch(url, { __proto__: null, ...init, headers, signal, body, duplex: "half" }), signal);
}
