// Answers of the proxy. Each is made anew: no header of the API's passes but those that are named here.

import { jsonOf } from "../js/json.js";
import { isPlainLength } from "./rules.js";

/** On every answer. What may be read depends on who asks. */
const SAFE = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", Vary: "Origin" };
const JSON_TYPE = "application/json";
/** Of every look. Copied by each Response: to read a record costs workerd more. */
const JSON_HEADERS = new Headers({ ...SAFE, "Content-Type": JSON_TYPE });
/** Seconds, with a fraction or several times too, or a date as HTTP writes it (RFC 9110, sections 10.2.3 and 5.6.7). */
const SECONDS = String.raw`\d{1,10}(\.\d{1,10})?`;
const DATE = String.raw`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`;
const RETRY_AFTER = new RegExp(`^(${SECONDS}(, *${SECONDS}){0,3}|${DATE})$`);

/** What its init does not name is nothing that a prototype may have: `statusText` would be taken from there. */
const responseOf = (body, status, headers) => new Response(body, { __proto__: null, status, headers });

/**
 * A refusal of ours, in the API's envelope. `retryAfterMs` becomes whole seconds; `retryAfter` is what the other side
 * asked for; `resource`: what it is about, where a client must know.
 */
export function refuse(refusal) {
  const { status, code, message, resource, allow, retryAfterMs, retryAfter } = { __proto__: null, ...refusal };
  const headers = { __proto__: null, ...SAFE, "Content-Type": JSON_TYPE };
  if (allow !== undefined) headers.Allow = allow;
  if (Number.isFinite(retryAfterMs)) headers["Retry-After"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if (RETRY_AFTER.test(retryAfter ?? "")) headers["Retry-After"] = retryAfter;
  return responseOf(jsonOf({ error: { code, message, resource, requestId: null } }), status, headers);
}

/** JSON of the API. */
export function json(text, { status, headers: given }) {
  const response = responseOf(text, status, JSON_HEADERS);
  const retryAfter = given.get("retry-after");
  if (RETRY_AFTER.test(retryAfter ?? "")) response.headers.set("Retry-After", retryAfter);
  return response;
}

/** A result's bytes. They are not ours: a browser that opens them as a page gives them no rights. */
export function media({ body, status, headers: given }) {
  const headers = {
    __proto__: null,
    ...SAFE,
    "Content-Type": given.get("content-type"),
    "Content-Security-Policy": "default-src 'none'; sandbox",
  };
  // The platform has unpacked a compressed body: its length is another.
  const length = given.get("content-encoding") === null ? given.get("content-length") : null;
  // What is no plain number is nothing that one could rely on, and `Response` would copy it all the same.
  if (length !== null && isPlainLength(length)) headers["Content-Length"] = length;
  return responseOf(body, status, headers);
}

/** The answer to a preflight. */
export const preflight = (allowedHeaders) =>
  responseOf(null, 204, {
    Vary: "Origin",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": ["content-type", "idempotency-key", "x-rivya-client", ...allowedHeaders].join(", "),
    "Access-Control-Max-Age": "7200",
  });

/** Lets a listed origin read an answer, with its session: never a wildcard. */
export function withCors(response, origin) {
  if (origin === undefined) return response;
  const { headers } = response;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Access-Control-Expose-Headers", "Retry-After");
  return response;
}
