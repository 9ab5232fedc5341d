// What the API is asked with.

import { hasRequestCache } from "../js/environment.js";

/**
 * A body makes it a POST: text is JSON, anything else is passed on with headers of its own. A redirect would carry the
 * key elsewhere: `"manual"`, for `"error"` throws in workerd. `no-store`: the caches of frameworks make polls endless.
 *
 * @param {string} authorization
 * @param {BodyInit | undefined} body
 * @param {string | undefined} idempotencyKey
 * @returns {RequestInit & { headers: Headers }}
 */
export function initOf(authorization, body, idempotencyKey) {
  const headers = new Headers();
  headers.set("Authorization", authorization);
  headers.set("Accept", "application/json");
  if (idempotencyKey !== undefined) headers.set("Idempotency-Key", idempotencyKey);
  if (body !== undefined) {
    headers.set("X-Rivya-Client", PACKAGE_VERSION); // the bundler knows it
    if (typeof body === "string") headers.set("Content-Type", "application/json");
  }
  // Without a prototype, and with a body in any case: Node's own fetch looks for one on `Object.prototype` where it is
  // not told that there is none.
  const init = /** @type {RequestInit & { headers: Headers }} */ ({
    __proto__: null,
    method: body === undefined ? "GET" : "POST",
    body: body ?? null,
    redirect: "manual",
    headers,
  });
  if (body !== undefined || !hasRequestCache()) return init;
  return { ...init, cache: "no-store" };
}
