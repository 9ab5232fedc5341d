// What `createProxy` was given, read once. Whether it fits together, Rust says.

import { baseUrl, checked, fetcher, isObject, unknownFields, wrong } from "../js/arguments.js";
import { hasRequestCache, isArray, isWorkerd } from "../js/platform.js";
import { Secrets } from "../js/secrets.js";
import { read, readItem } from "../js/snapshot.js";

const API_KEY = "apiKey:k!";
const OPTIONS =
  "authorize:f! upstream:u basePath:s models:l allowedOrigins:l allowedHeaders:l maxUploadBytes:n=31522816 allowChunkedUploads:b " +
  "results:b limits:o fetch:F";
const LIMITS = "requestsPerMinute:n creditsPerDay:n concurrentGenerations:n budget:o!";
const BUDGET = "take:f! settle:f!";

const API_URL = "https://rivya.ai/api/v1";
const BASE_PATH = "/api/rivya";
/** More than anybody lists. */
const MAX_LISTED = 1_000;
const MAX_KEY_CHARACTERS = 1_000;
/** What a header's name is made of (RFC 9110, section 5.6.2). */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** A list of texts, read once: it may be anything that claims to be an array. */
function texts(value, path, expected, accepts, refuse = wrong) {
  if (value === undefined) return undefined;
  const length = read(value, "length", path);
  if (!Number.isInteger(length) || length < 0 || length > MAX_LISTED)
    throw new TypeError(`${path} must have at most ${MAX_LISTED} entries`);
  return Array.from({ length }, (_, index) => {
    const place = `${path}[${index}]`;
    const text = readItem(value, index, place);
    return typeof text === "string" && accepts(text) ? text : refuse(place, expected, text);
  });
}

const isWord = (text) => text.length > 0 && text.length <= 1_000;

/** A secret never stands in a message, right or wrong. */
function signingKeys(options) {
  const path = "options.signingKey";
  const given = read(options, "signingKey", path);
  const refuse = () => {
    throw new TypeError(`${path} must be a string of at most ${MAX_KEY_CHARACTERS} characters, or several in an array`);
  };
  const list = typeof given === "string" ? [given] : isArray(given) ? given : refuse();
  return texts(list, path, "", (key) => key.length <= MAX_KEY_CHARACTERS, refuse);
}

/** A misspelt option would be left out without a word, and the proxy would be more open than its owner believes. */
function known(given, schema, path) {
  const [unknown] = isObject(given) ? unknownFields(given, schema, path) : [];
  if (unknown !== undefined) throw new TypeError(`${path}.${unknown} is no option of a proxy`);
}

/** `ProxyOptions`, checked, with their defaults. */
export function settings(given) {
  known(given, `signingKey ${API_KEY} ${OPTIONS}`, "options");
  // Before all else: where another option doesn't fit, the message may show what was given for it.
  const { apiKey } = checked(given, "options", API_KEY);
  const signingKey = signingKeys(given);
  const secrets = new Secrets([apiKey, ...signingKey]);
  return secrets.during(() => ({ __proto__: null, ...settingsBeside(given), apiKey, signingKey, secrets }));
}

function settingsBeside(given) {
  const options = checked(given, "options", OPTIONS);
  const upstream = baseUrl(options.upstream ?? API_URL, "options.upstream");
  return {
    __proto__: null,
    ...options,
    ...upstream,
    upstreamOrigin: new URL(upstream.href).origin,
    ...limits(options.limits),
    basePath: options.basePath ?? BASE_PATH,
    results: options.results ?? true,
    workerd: isWorkerd(),
    models: texts(options.models, "options.models", "the id of a model", isWord),
    allowedOrigins: texts(options.allowedOrigins, "options.allowedOrigins", "an origin", isWord),
    allowedHeaders:
      texts(options.allowedHeaders, "options.allowedHeaders", "the name of a header", (name) =>
        HEADER_NAME.test(name),
      ) ?? [],
    hasRequestCache: hasRequestCache(),
    // Called as the options' method: it may be a class.
    authorize: (request) => options.authorize.call(given, request),
    fetch: fetcher(options.fetch, "options.fetch"),
  };
}

function limits(given) {
  if (given === undefined) return {};
  known(given, LIMITS, "options.limits");
  const { budget, ...amounts } = checked(given, "options.limits", LIMITS);
  const { take, settle } = checked(budget, "options.limits.budget", BUDGET);
  return {
    ...amounts,
    budget: { take: (query) => take.call(budget, query), settle: (query) => settle.call(budget, query) },
  };
}
