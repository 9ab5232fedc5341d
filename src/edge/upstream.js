// Calls of the API on a caller's behalf. Everything that goes out is named here: no header of a caller's passes but the
// type of a body.

import { initOf } from "./request-init.js";
import { TOO_LARGE, answerTextOf, counted, giveUp } from "./body.js";
import { isMedia, maxBytes, takesResultUrl, tooLarge } from "./rules.js";
import { LIMIT_MS, TimeoutError, within } from "./time.js";

const MAX_REDIRECTS = 5;
/**
 * An upload that comes slower than this on the whole, 128 kbit/s, is given up: else one byte now and then would hold a
 * connection for ever.
 */
const MIN_UPLOAD_BYTES_PER_MS = 16;

/** @typedef {import("./respond.js").Refusal} Refusal */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./time.js").Line} Line */

/** @typedef {{ refusal: Refusal, status?: number, response?: undefined, text?: undefined }} Refused */
/** @typedef {{ refusal?: undefined, status: number, response: Response, text: string }} Read */
/**
 * JSON of the API within bounds, or a refusal of ours instead, with the `status` of what is no JSON.
 *
 * @typedef {Refused | Read} Answered
 */

/** An answer that is none: a refusal of ours instead. */
export const unreachable = { status: 502, code: "upstream_unreachable", message: "The API can't be reached." };
export const invalid = {
  status: 502,
  code: "invalid_response",
  message: "The API answered with something else than its JSON.",
};
const late = { status: 504, code: "upstream_timeout", message: "The API has not answered within 60 s." };
const stalled = { ...late, message: "The upload stood still, or was too slow, or the API has not answered it." };
/**
 * Of an error that is no JSON, a gateway's own page most often, the status says enough.
 *
 * @type {(response: Response) => Refusal}
 */
export const unread = ({ status, headers }) => {
  const retryAfter = headers.get("retry-after");
  return { ...invalid, status, code: `http_${status}`, retryAfter };
};
/** It names what is not there: a client could not tell it else from the 404 of a server that has no such route. */
const GONE = "There is no such result, or no longer.";
export const gone = { status: 404, code: "not_found", resource: "result", message: GONE };

/** @type {(refusal: Refusal, status?: number) => Refused} */
const refusing = (refusal, status) => /** @type {Refused} */ ({ __proto__: null, status, refusal });

/**
 * Asked of the rules once.
 *
 * @type {number | undefined}
 */
let answerBytes;
const maxAnswerBytes = () => (answerBytes ??= maxBytes(false));

/** @param {Settings} settings */
const authorization = ({ apiKey }) => `Bearer ${apiKey}`;
/** @type {(settings: Settings, body?: BodyInit, key?: string) => ReturnType<typeof initOf>} */
const initFor = (settings, body, key) => initOf(authorization(settings), body, key);

/**
 * The same for a GET, with a plain record: `Headers` of our own, which fetch would only copy, are dear in workerd.
 *
 * @param {Settings} settings
 */
const lookFor = (settings) => {
  const init = /** @type {RequestInit} */ ({
    __proto__: null,
    method: "GET",
    body: null,
    redirect: "manual",
    headers: { Authorization: authorization(settings), Accept: "application/json" },
  });
  if (settings.hasRequestCache) init.cache = "no-store";
  return init;
};

/**
 * What a call comes to. Whoever hands the text on cuts keys out of it.
 *
 * @param {Settings} settings
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Answered>}
 */
async function ask(settings, path, init) {
  let response;
  try {
    response = await settings.fetch(settings.href + path, init);
  } catch {
    return refusing(unreachable);
  }
  const isJson = /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(response.headers.get("content-type") ?? "");
  const { status } = response;
  // No redirect, and nothing that has no body by definition.
  const isSuccess = status >= 200 && status < 300 && status !== 204 && status !== 205;
  const isError = status >= 400 && status < 600;
  if (!(isSuccess || isError) || !isJson) {
    giveUp(response);
    return isError ? refusing(unread(response), status) : refusing(invalid);
  }
  try {
    const text = await answerTextOf(response, maxAnswerBytes());
    return /** @type {Read} */ ({ __proto__: null, status, response, text });
  } catch (cause) {
    return refusing(cause === TOO_LARGE ? invalid : unreachable);
  }
}

/**
 * A GET, or with a body a POST of it.
 *
 * @param {Settings} settings
 * @param {string} path
 * @param {string} [body]
 * @param {string} [key]
 */
export function call(settings, path, body, key) {
  // On Workers a poll ends with the caller who waits for it, and a timer would cost more than all else that is done for
  // it.
  if (body === undefined && settings.workerd) return ask(settings, path, lookFor(settings));
  return askInTime(settings, path, body === undefined ? lookFor(settings) : initFor(settings, body, key));
}

/**
 * The same, with an end.
 *
 * @param {Settings} settings
 * @param {string} path
 * @param {RequestInit} init
 */
function askInTime(settings, path, init) {
  /** @param {Line} line */
  const asking = ({ signal }) => ask(settings, path, /** @type {RequestInit} */ ({ __proto__: null, ...init, signal }));
  return inTime(late, within(LIMIT_MS, "the API", asking));
}

/**
 * What was asked, or `refusal` where that took too long.
 *
 * @param {Refusal} refusal
 * @param {Promise<Answered>} asking
 */
async function inTime(refusal, asking) {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof TimeoutError) return refusing(refusal);
    throw error;
  }
}

/**
 * An upload, passed on as it comes. One that says its length is not touched: to count a stream costs workerd ten times
 * what passing it on does, and Deno sends one that was touched without its length. So only its whole time has a limit;
 * without a length it may not stand still, either.
 *
 * @param {Settings} settings
 * @param {Request} request
 */
export async function upload(settings, { headers, body }) {
  const length = headers.get("content-length");
  const maxBytes = length === null ? settings.maxUploadBytes : Number(length);
  const isTouched = body !== null && length === null;
  const wholeMs = LIMIT_MS + maxBytes / MIN_UPLOAD_BYTES_PER_MS;
  let isTooLarge = false;
  /** @param {Line} line */
  const send = ({ signal, moved, abort }) => {
    // A body that fails ends in workerd as if it were whole: the API would take the first part of a file for the file.
    const onFailure = (/** @type {unknown} */ cause) => {
      isTooLarge = cause === TOO_LARGE;
      abort();
    };
    const passed = isTouched ? counted(body, maxBytes, moved, onFailure) : (body ?? undefined);
    const init = initFor(settings, passed);
    // It has one: `refuseBody` has judged it.
    init.headers.set("Content-Type", String(headers.get("content-type")));
    if (length !== null) init.headers.set("Content-Length", length);
    const streamed = { __proto__: null, ...init, method: "POST", duplex: "half", signal };
    return ask(settings, "/files", /** @type {RequestInit} */ (streamed));
  };
  const answer = await inTime(stalled, within(isTouched ? LIMIT_MS : wholeMs, "an upload", send, wholeMs));
  return isTooLarge ? refusing(tooLarge(settings.maxUploadBytes)) : answer;
}

/**
 * The bytes of a result, or a refusal. Its host is not the API: it gets no key.
 *
 * @param {Settings} settings
 * @param {string} url
 * @returns {Promise<Refused | { refusal?: undefined, response: Response }>}
 */
export async function result(settings, url) {
  /** @type {string | undefined} */
  let base;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    let response;
    try {
      const { href, protocol, host, username, password } = new URL(url, base);
      if (!takesResultUrl(href, protocol, host, `${username}${password}` !== "", settings)) return refusing(invalid);
      // Not by `origin`, which a `blob:` URL takes from the one inside it.
      const isOwn = `${protocol}//${host}` === settings.upstreamOrigin;
      // An API that is reached in a way of its own (a service binding, an emulator) serves its results there, too.
      /** @type {import("../js/fetcher.js").Fetch} */
      const fetcher = isOwn ? settings.fetch : (address, init) => fetch(address, init);
      response = await within(LIMIT_MS, "the result", ({ signal }) => {
        const init = { __proto__: null, method: "GET", body: null, redirect: "manual", signal };
        return fetcher(href, /** @type {RequestInit} */ (init));
      });
      base = href;
    } catch {
      return refusing({ ...unreachable, message: "The result can't be read." });
    }
    const { status, headers } = response;
    if (status >= 200 && status < 300 && isMedia(headers.get("content-type") ?? ""))
      return /** @type {{ response: Response }} */ ({ __proto__: null, response });
    giveUp(response);
    const location = headers.get("location");
    if (status < 300 || status >= 400 || location === null) {
      if (status === 404 || status === 410) return refusing(gone);
      // Whatever its host says, it may be there later.
      const retryAfter = headers.get("retry-after");
      return refusing({ ...invalid, message: "The result is no picture, video or sound.", retryAfter });
    }
    url = location;
  }
  return refusing(invalid);
}
