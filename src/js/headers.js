// The option `headers`: what a caller adds to each request, and the key of the API.

import { read, readKeys } from "./read.js";
import { wrong } from "./wrong.js";

/** Names that the client sets itself. */
const OWN_HEADERS = ["idempotency-key", "x-rivya-client", "content-type"];
/** How a secret key begins (contract, section 2). */
const KEY_PREFIX = "rvya_sk_";
/** How much of a header's name is shown. */
const SHOWN_CHARACTERS = 80;

/**
 * As pairs, the key's among them, and whether a key travels. The platform judges what a header may be.
 *
 * @param {object | undefined} value
 * @param {string | undefined} apiKey
 */
export function headerPairs(value, apiKey) {
  const own = apiKey === undefined ? OWN_HEADERS : [...OWN_HEADERS, "authorization"];
  const given = plain(value ?? {});
  const pairs = readKeys(given, "options.headers").map((name) => pairOf(given, name, own));
  if (apiKey !== undefined) pairs.unshift(["Authorization", `Bearer ${apiKey}`]);
  const holdsKey = apiKey !== undefined || pairs.some(([, content]) => content.includes(KEY_PREFIX));
  return { pairs, holdsKey };
}

/**
 * A plain object with what a `Headers` has, or what was given itself.
 *
 * @param {any} value
 * @returns {object}
 */
function plain(value) {
  try {
    return Object.fromEntries(Headers.prototype.entries.call(value));
  } catch {
    return value;
  }
}

/**
 * @param {object} given
 * @param {string} name
 * @param {string[]} own
 * @returns {[name: string, content: string]}
 */
function pairOf(given, name, own) {
  const path = `options.headers[${JSON.stringify(name.slice(0, SHOWN_CHARACTERS))}]`;
  const content = read(given, name, path);
  if (typeof content !== "string") wrong(path, "a string", content);
  if (own.includes(name.toLowerCase())) throw new TypeError(`${path} is set by the client itself`);
  try {
    new Headers().append(name, content);
  } catch {
    throw new TypeError(`${path} is no valid header`); // the platform's message would show its value
  }
  return [name, content];
}
