// What `createProxy` was given, read once. Whether it fits together, Rust says.

import { baseUrl } from "../js/base-url.js";
import { isArray, isObject } from "../js/brands.js";
import { checked } from "../js/checked.js";
import { hasRequestCache, isWorkerd } from "../js/environment.js";
import { fetcher } from "../js/fetcher.js";
import { optional, withDefault } from "../js/optional.js";
import { read, readItem, readLength } from "../js/read.js";
import { Secrets } from "../js/secrets.js";
import { unknownFields } from "../js/unknown-fields.js";
import { apiKey, boolean, callback, fetching, list, number, object, text, url } from "../js/validators.js";
import { wrong } from "../js/wrong.js";

const API_KEY = { apiKey };
const OPTIONS = {
  authorize: callback,
  upstream: optional(url),
  basePath: optional(text),
  models: optional(list),
  allowedOrigins: optional(list),
  allowedHeaders: optional(list),
  maxUploadBytes: withDefault(number, 31_522_816),
  allowChunkedUploads: optional(boolean),
  results: optional(boolean),
  limits: optional(object),
  fetch: optional(fetching),
};
const OPTION_NAMES = ["signingKey", ...Object.keys(API_KEY), ...Object.keys(OPTIONS)];
const LIMITS = {
  requestsPerMinute: optional(number),
  creditsPerDay: optional(number),
  concurrentGenerations: optional(number),
  budget: object,
};
const BUDGET = { take: callback, settle: callback };

const API_URL = "https://rivya.ai/api/v1";
const BASE_PATH = "/api/rivya";
/** More than anybody lists. */
const MAX_LISTED = 1_000;
const MAX_KEY_CHARACTERS = 1_000;
/** What a header's name is made of (RFC 9110, section 5.6.2). */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/**
 * A list of texts, read once: it may be anything that claims to be an array.
 *
 * @param {unknown[]} value
 * @param {string} path
 * @param {string} expected
 * @param {(text: string) => boolean} accepts
 * @param {(path: string, expected: string, value: unknown) => never} refuse
 * @returns {string[]}
 */
function texts(value, path, expected, accepts, refuse = wrong) {
  const length = readLength(value, path);
  if (!Number.isInteger(length) || length < 0 || length > MAX_LISTED)
    throw new TypeError(`${path} must have at most ${MAX_LISTED} entries`);
  return Array.from({ length }, (_, index) => {
    const place = `${path}[${index}]`;
    const text = readItem(value, index, place);
    return typeof text === "string" && accepts(text) ? text : refuse(place, expected, text);
  });
}

/**
 * The same where it need not be given.
 *
 * @param {unknown[] | undefined} value
 * @param {string} path
 * @param {string} expected
 * @param {(text: string) => boolean} accepts
 */
const optionalTexts = (value, path, expected, accepts) =>
  value === undefined ? undefined : texts(value, path, expected, accepts);

/** @param {string} text */
const isHeaderName = (text) => HEADER_NAME.test(text);
/** @param {string} text */
const isWord = (text) => text.length > 0 && text.length <= 1_000;

/**
 * A secret never stands in a message, right or wrong.
 *
 * @param {unknown} options
 */
function signingKeys(options) {
  const path = "options.signingKey";
  const given = read(options, "signingKey", path);
  /** @type {() => never} */
  const refuse = () => {
    throw new TypeError(`${path} must be a string of at most ${MAX_KEY_CHARACTERS} characters, or several in an array`);
  };
  const list = typeof given === "string" ? [given] : isArray(given) ? given : refuse();
  return texts(list, path, "", (key) => key.length <= MAX_KEY_CHARACTERS, refuse);
}

/**
 * A misspelt option would be left out without a word, and the proxy would be more open than its owner believes.
 *
 * @param {unknown} given
 * @param {string[]} names
 * @param {string} path
 */
function known(given, names, path) {
  const [unknown] = isObject(given) ? unknownFields(given, names, path) : [];
  if (unknown !== undefined) throw new TypeError(`${path}.${unknown} is no option of a proxy`);
}

/** @typedef {ReturnType<typeof settings>} Settings */

/**
 * `ProxyOptions`, checked, with their defaults.
 *
 * @param {unknown} given
 */
export function settings(given) {
  known(given, OPTION_NAMES, "options");
  // Before all else: where another option doesn't fit, the message may show what was given for it.
  const key = checked(given, "options", API_KEY);
  const signingKey = signingKeys(given);
  const secrets = new Secrets([key.apiKey, ...signingKey]);
  return secrets.during(() => ({ __proto__: null, ...settingsBeside(given), ...key, signingKey, secrets }));
}

/** @param {unknown} given */
function settingsBeside(given) {
  const options = checked(given, "options", OPTIONS);
  const upstream = baseUrl(options.upstream ?? API_URL, "options.upstream");
  return {
    ...options,
    ...upstream,
    upstreamOrigin: new URL(upstream.href).origin,
    ...limits(options.limits),
    basePath: options.basePath ?? BASE_PATH,
    results: options.results ?? true,
    workerd: isWorkerd(),
    models: optionalTexts(options.models, "options.models", "the id of a model", isWord),
    allowedOrigins: optionalTexts(options.allowedOrigins, "options.allowedOrigins", "an origin", isWord),
    allowedHeaders:
      optionalTexts(options.allowedHeaders, "options.allowedHeaders", "the name of a header", isHeaderName) ?? [],
    hasRequestCache: hasRequestCache(),
    // Called as the options' method: it may be a class.
    authorize: (/** @type {Request} */ request) => options.authorize.call(given, request),
    fetch: fetcher(options.fetch, "options.fetch"),
  };
}

/** @typedef {{ take(query: object): unknown, settle(query: object): unknown }} Budget */
/**
 * Where anything is limited, there is a budget.
 *
 * @typedef {object} Limits
 * @property {number} [requestsPerMinute]
 * @property {number} [creditsPerDay]
 * @property {number} [concurrentGenerations]
 * @property {Budget} [budget]
 */

/**
 * @param {unknown} given
 * @returns {Limits}
 */
function limits(given) {
  if (given === undefined) return {};
  known(given, Object.keys(LIMITS), "options.limits");
  const { budget, ...amounts } = checked(given, "options.limits", LIMITS);
  const { take, settle } = checked(budget, "options.limits.budget", BUDGET);
  return {
    ...amounts,
    budget: {
      take: (/** @type {object} */ query) => take.call(budget, query),
      settle: (/** @type {object} */ query) => settle.call(budget, query),
    },
  };
}
