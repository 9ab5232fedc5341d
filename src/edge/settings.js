// What `createProxy` was given, read once. Whether it fits together, Rust says.

import { baseUrl, checked, fetcher, wrong } from "../js/arguments.js";
import { hideKey } from "../js/error.js";
import { read } from "../js/snapshot.js";

const OPTIONS =
  "apiKey:k! authorize:f! upstream:u basePath:s models:l allowedOrigins:l allowedHeaders:l maxUploadBytes:n=31522816 allowChunkedUploads:b " +
  "results:b limits:o fetch:F";
const LIMITS = "requestsPerMinute:n creditsPerDay:n concurrentGenerations:n budget:o!";
const BUDGET = "take:f! settle:f!";

const API_URL = "https://rivya.ai/api/v1";
const BASE_PATH = "/api/rivya";
/** More than anybody lists. */
const MAX_LISTED = 1_000;
/** What a header's name is made of (RFC 9110, section 5.6.2). */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** A list of texts. */
function texts(value, path, expected, accepts) {
  if (value === undefined) return undefined;
  const length = read(value, "length", path);
  if (length > MAX_LISTED) throw new TypeError(`${path} must have at most ${MAX_LISTED} entries`);
  return Array.from({ length }, (_, index) => {
    const place = `${path}[${index}]`;
    const text = read(value, index, place);
    return typeof text === "string" && accepts(text) ? text : wrong(place, expected, text);
  });
}

const isWord = (text) => text.length > 0 && text.length <= 1_000;

/** A secret never stands in a message, right or wrong. */
function signingKeys(options) {
  const given = read(options, "signingKey", "options.signingKey");
  const keys = typeof given === "string" ? [given] : given;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) throw new TypeError("options.signingKey must be a string, or several in an array");
  keys.forEach(hideKey);
  return [...keys];
}

/** `ProxyOptions`, checked, with their defaults. */
export function settings(given) {
  const options = checked(given, "options", OPTIONS);
  hideKey(options.apiKey);
  const upstream = baseUrl(options.upstream ?? API_URL, "options.upstream");
  return {
    ...options,
    ...upstream,
    upstreamOrigin: new URL(upstream.href).origin,
    ...limits(options.limits),
    signingKey: signingKeys(given),
    basePath: options.basePath ?? BASE_PATH,
    results: options.results ?? true,
    models: texts(options.models, "options.models", "the id of a model", isWord),
    allowedOrigins: texts(options.allowedOrigins, "options.allowedOrigins", "an origin", isWord),
    allowedHeaders: texts(options.allowedHeaders, "options.allowedHeaders", "the name of a header", (name) => HEADER_NAME.test(name)) ?? [],
    // Called as the options' method: it may be a class.
    authorize: (request) => options.authorize.call(given, request),
    fetch: fetcher(options.fetch, "options.fetch"),
  };
}

function limits(given) {
  if (given === undefined) return {};
  const { budget, ...amounts } = checked(given, "options.limits", LIMITS);
  const { take, settle } = checked(budget, "options.limits.budget", BUDGET);
  return { ...amounts, budget: { take: (query) => take.call(budget, query), settle: (query) => settle.call(budget, query) } };
}
