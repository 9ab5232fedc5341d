// Answers of the proxy. Each is made anew: no header of the API's passes but those that are named here.

import { jsonOf } from "./json.js";
import { isPlainLength } from "./rules.js";

/**
 * What the proxy answers by itself. `retryAfterMs` becomes whole seconds; `retryAfter` is what the other side asked
 * for; `resource`: what it is about, where a client must know.
 *
 * @typedef {object} Refusal
 * @property {number} status
 * @property {string} code
 * @property {string} message
 * @property {string} [resource]
 * @property {string} [allow] The header of a 405.
 * @property {number | null} [retryAfterMs]
 * @property {string | null} [retryAfter]
 */

/** On every answer. What may be read depends on who asks. */
const SAFE = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", Vary: "Origin" };
const JSON_TYPE = "application/json";
/** Of every poll. Copied by each Response: to read a record costs workerd more. */
const JSON_HEADERS = new Headers({ ...SAFE, "Content-Type": JSON_TYPE });
/** Seconds, with a fraction or several times too, or a date as HTTP writes it (RFC 9110, sections 10.2.3 and 5.6.7). */
const SECONDS = String.raw`\d{1,10}(\.\d{1,10})?`;
const DATE = String.raw`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`;
const RETRY_AFTER = new RegExp(`^(${SECONDS}(, *${SECONDS}){0,3}|${DATE})$`);

/**
 * @param {string | null | undefined} text
 * @returns {text is string}
 */
const isRetryAfter = (text) => RETRY_AFTER.test(text ?? "");

/**
 * What its init does not name is nothing that a prototype may have: `statusText` would be taken from there.
 *
 * @type {(body: BodyInit | null, status: number, headers: HeadersInit) => Response}
 */
const responseOf = (body, status, headers) =>
  new Response(body, /** @type {ResponseInit} */ ({ __proto__: null, status, headers }));

/**
 * Headers of one answer: those of every one, and its own.
 *
 * @param {Record<string, string>} own
 */
const safeAnd = (own) =>
  /** @type {Record<string, string>} */ (/** @type {object} */ ({ __proto__: null, ...SAFE, ...own }));

/**
 * A refusal of ours, in the API's envelope.
 *
 * @param {Refusal} refusal
 */
export function refuse(refusal) {
  const told = /** @type {Refusal} */ ({ __proto__: null, ...refusal });
  const { status, code, message, resource, allow, retryAfterMs, retryAfter } = told;
  const headers = safeAnd({ "Content-Type": JSON_TYPE });
  if (allow !== undefined) headers.Allow = allow;
  if (typeof retryAfterMs === "number" && Number.isFinite(retryAfterMs))
    headers["Retry-After"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if (isRetryAfter(retryAfter)) headers["Retry-After"] = retryAfter;
  return responseOf(jsonOf({ error: { code, message, resource, requestId: null } }), status, headers);
}

/**
 * JSON of the API.
 *
 * @param {string} text
 * @param {Response} answer
 */
export function json(text, { status, headers: given }) {
  const response = responseOf(text, status, JSON_HEADERS);
  const retryAfter = given.get("retry-after");
  if (isRetryAfter(retryAfter)) response.headers.set("Retry-After", retryAfter);
  return response;
}

/**
 * A result's bytes. They are not ours: a browser that opens them as a page gives them no rights.
 *
 * @param {Response} result
 */
export function media({ body, status, headers: given }) {
  const headers = safeAnd({
    // It has one, for it was judged by it.
    "Content-Type": String(given.get("content-type")),
    "Content-Security-Policy": "default-src 'none'; sandbox",
  });
  // The platform has unpacked a compressed body: its length is another.
  const length = given.get("content-encoding") === null ? given.get("content-length") : null;
  // What is no plain number is nothing that one could rely on, and `Response` would copy it all the same.
  if (length !== null && isPlainLength(length)) headers["Content-Length"] = length;
  return responseOf(body, status, headers);
}

/**
 * The answer to a preflight.
 *
 * @param {string[]} allowedHeaders
 */
export const preflight = (allowedHeaders) =>
  responseOf(null, 204, {
    Vary: "Origin",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": ["content-type", "idempotency-key", "x-rivya-client", ...allowedHeaders].join(", "),
    "Access-Control-Max-Age": "7200",
  });

/**
 * Lets a listed origin read an answer, with its session: never a wildcard.
 *
 * @param {Response} response
 * @param {string | undefined} origin
 */
export function withCors(response, origin) {
  if (origin === undefined) return response;
  const { headers } = response;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Access-Control-Expose-Headers", "Retry-After");
  return response;
}
