// `ClientOptions`, read and checked, with their defaults, and with what the platform adds to them. Whether all that
// fits together, Rust says.

import { baseUrl } from "./base-url.js";
import { checked } from "./checked.js";
import { isBrowser } from "./environment.js";
import { fetcher } from "./fetcher.js";
import { headerPairs } from "./headers.js";
import { optional, withDefault } from "./optional.js";
import { read } from "./read.js";
import { Secrets } from "./secrets.js";
import { apiKey, boolean, callback, fetching, number, object, oneOf, positive, text, url } from "./validators.js";

/** The API's own place (contract, section 1). */
const API_URL = "https://rivya.ai/api/v1";
/** Where a page looks for its proxy: our convention. */
const PROXY_PATH = "/api/rivya";

const KEY = { apiKey: optional(apiKey) };
const OPTIONS = {
  baseUrl: optional(url),
  dangerouslyAllowBrowser: optional(boolean),
  headers: optional(object),
  credentials: optional(oneOf("omit", "same-origin", "include")),
  fetch: optional(fetching),
  downloadFetch: optional(fetching),
  maxRetries: withDefault(number, 4),
  timeoutMs: withDefault(number, 30_000),
  stallMs: withDefault(number, 60_000),
  maxResultBytes: withDefault(positive, 1_073_741_824),
  maxConcurrentUploads: withDefault(positive, 4),
  validation: optional(oneOf("strict", "known", "off")),
  account: optional(text),
};
const STORE = { get: callback, set: callback, delete: callback, keys: callback };

/** @param {unknown} value */
export function clientSettings(value) {
  // Before all else: where another option doesn't fit, the message may show what was given for it.
  const { apiKey: key } = checked(value, "options", KEY);
  const secrets = new Secrets(key === undefined ? [] : [key]);
  return secrets.during(() => ({ __proto__: null, ...settingsBeside(key, value), secrets }));
}

/**
 * @param {string | undefined} key
 * @param {unknown} value
 */
function settingsBeside(key, value) {
  const options = checked(value, "options", OPTIONS);
  const { pairs, holdsKey } = headerPairs(options.headers, key);
  const browser = isBrowser();
  return {
    ...options,
    holdsKey,
    browser,
    headers: pairs,
    fetch: options.fetch && fetcher(options.fetch, "options.fetch"),
    downloadFetch: options.downloadFetch && fetcher(options.downloadFetch, "options.downloadFetch"),
    store: store(value),
    ...baseUrl(options.baseUrl ?? (browser && !holdsKey ? PROXY_PATH : API_URL), "options.baseUrl"),
  };
}

/**
 * The option `store`: null is an answer here. Called as its methods: it may be a class.
 *
 * @param {unknown} options
 */
function store(options) {
  const given = read(options ?? {}, "store", "options.store");
  if (given !== undefined && given !== null) checked(given, "options.store", STORE);
  return given;
}
