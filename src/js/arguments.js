// Callers' arguments, read once and checked against a schema. Whatever is wrong is a TypeError that names its path,
// says what would be right and what it is. In JavaScript, because a check costs a tenth here of what it costs in
// WebAssembly; which options there are, Rust says.

import { redact } from "./error.js";
import { fileHandle, isOfEmptyInput } from "./file.js";
import {
  blobOfBytes,
  blobOfDataUrl,
  isAbortSignal,
  isArray,
  isBlob,
  isBrowser,
  isBuffer,
  isSharedBuffer,
  isUrl,
  isWorkerd,
  locationBase,
} from "./platform.js";
import { Secrets } from "./secrets.js";
import { read, readItem } from "./snapshot.js";
import { warnOnce } from "./warn.js";

/** No text that the API takes is longer; a longer one would only fill the module's memory. */
const MAX_CHARACTERS = 1_000_000;
/** More than any model takes; a longer list is not even looked at. */
const MAX_REFERENCES = 1_000;

/** The API's own place (contract, section 1). */
const API_URL = "https://rivya.ai/api/v1";
/** Where a page looks for its proxy: our convention. */
const PROXY_PATH = "/api/rivya";
/** How a secret key begins (contract, section 2). */
const KEY_PREFIX = "rvya_sk_";

export const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
const isText = (value) => typeof value === "string" && value.length <= MAX_CHARACTERS;
const from = (min) => (value) => typeof value === "number" && value >= min && value < Infinity;

/** Letter of a schema → what it must be, and the check. */
const TYPES = {
  s: [`a string of at most ${MAX_CHARACTERS} characters`, isText],
  t: ["a string", (value) => typeof value === "string"],
  k: [
    "a key of the API: printable ASCII without blanks",
    (value) => typeof value === "string" && /^[!-~]{1,1000}$/.test(value),
  ],
  i: ["1 to 128 characters of printable ASCII", (value) => typeof value === "string" && value.length <= 1_000],
  b: ["a boolean", (value) => typeof value === "boolean"],
  n: ["a number of at least 0", from(0)],
  N: ["a number of at least 0, or Infinity", (value) => typeof value === "number" && value >= 0],
  c: ["a number of at least 1", from(1)],
  f: ["a function", (value) => typeof value === "function"],
  a: ["an AbortSignal", isAbortSignal],
  u: ["a string or a URL", (value) => isText(value) || isUrl(value)],
  l: ["an array", isArray],
  o: ["an object", (value) => isObject(value) && !isArray(value)],
  // A function, or an object with one: whether it has one is read when it is called.
  F: ["a function, or an object with a fetch method", isObject],
};

/** Schemas taken apart, each once: `[key, type, mark, standard]` of each member. */
const known = new Map();

function parsed(schema) {
  if (!known.has(schema)) known.set(schema, schema.split(" ").map(parsedMember));
  return known.get(schema);
}

function parsedMember(member) {
  const [key, rest] = member.split(":");
  const [typed, standard] = rest.split("=");
  const mark = typed.at(-1);
  return "!?".includes(mark) ? [key, typed.slice(0, -1), mark, standard] : [key, typed, "", standard];
}

/**
 * The members of `value` that `schema` names, each of them there, as an object without a prototype. A schema is
 * `"signal:a timeoutMs:n validation:strict|known|off model:s!"`: a letter of TYPES or the words allowed; `!` where it
 * must be there, `?` where null counts as not given: a server's own objects say so; `=30` a default.
 */
export function checked(value, path, schema) {
  const result = { __proto__: null };
  if (value === undefined || value === null) value = result;
  else if (!isObject(value) || isArray(value) || isBlob(value)) wrong(path, "an object", value);
  for (const [key, type, mark, standard] of parsed(schema)) {
    const where = `${path}.${key}`;
    let found = read(value, key, where);
    if (found === null && mark === "?") found = undefined;
    const words = type.length > 1 && type.split("|");
    if (found === undefined ? mark === "!" : !(words ? words.includes(found) : TYPES[type][1](found))) {
      const expected = words ? `one of "${words.join('", "')}"` : TYPES[type][0];
      // A wrong key is most often the right one with a blank behind it.
      if (type === "k" && typeof found === "string") throw new TypeError(`${where} must be ${expected}`);
      wrong(where, expected, found);
    }
    result[key] = found === undefined && standard !== undefined ? Number(standard) : found;
  }
  return result;
}

/** A string argument. */
export const text = (value, path) => (isText(value) ? value : wrong(path, "a string", value));

/** A file argument. */
export const file = (value, path) => (isBlob(value) ? fileHandle(value) : wrong(path, "a Blob or a File", value));

const CLIENT_OPTIONS =
  "baseUrl:u dangerouslyAllowBrowser:b headers:o credentials:omit|same-origin|include fetch:F downloadFetch:F maxRetries:n=4 " +
  "timeoutMs:n=30000 stallMs:n=60000 maxResultBytes:c=1073741824 maxConcurrentUploads:c=4 validation:strict|known|off " +
  "account:s";
const STORE = "get:f! set:f! delete:f! keys:f!";

/**
 * `ClientOptions`, checked, with their defaults, and with what the platform adds to them. Whether all that fits
 * together, Rust says.
 */
export function settings(value) {
  // Before all else: where another option doesn't fit, the message may show what was given for it.
  const { apiKey } = checked(value, "options", "apiKey:k");
  const secrets = new Secrets(apiKey === undefined ? [] : [apiKey]);
  return secrets.during(() => ({ __proto__: null, ...settingsBeside(apiKey, value), secrets }));
}

function settingsBeside(apiKey, value) {
  const options = checked(value, "options", CLIENT_OPTIONS);
  const { pairs, holdsKey } = headers(options.headers, apiKey);
  const browser = isBrowser();
  return {
    __proto__: null,
    ...options,
    holdsKey,
    browser,
    workerd: isWorkerd(),
    headers: pairs,
    isPlatformFetch: options.fetch === undefined,
    fetch: fetcher(options.fetch, "options.fetch"),
    downloadFetch: fetcher(options.downloadFetch, "options.downloadFetch"),
    store: store(value ?? {}),
    ...baseUrl(options.baseUrl ?? (browser && !holdsKey ? PROXY_PATH : API_URL)),
  };
}

/** The option `store`: null is an answer here. Called as its methods: it may be a class. */
function store(options) {
  const given = read(options, "store", "options.store");
  if (given !== undefined && given !== null) checked(given, "options.store", STORE);
  return given;
}

/** The option `baseUrl`, taken apart. Relative ones are read against the page. */
export function baseUrl(value, path = "options.baseUrl") {
  let url;
  try {
    url = new URL(isUrl(value) ? value.href : value, locationBase());
  } catch {
    wrong(path, "an absolute URL outside a page", value);
  }
  const { href, protocol, host, hostname, username, password, search, hash } = url;
  const hasExtras = `${username}${password}${search}${hash}` !== "";
  return { __proto__: null, href: href.replace(/\/+$/, ""), protocol, host, hostname, hasExtras };
}

/** Names that the client sets itself; the last one only beside a key. */
const OWN_HEADERS = ["idempotency-key", "x-rivya-client", "content-type", "authorization"];

/**
 * The option `headers` as pairs, the key's among them, and whether a key travels. The platform judges what a header may
 * be.
 */
function headers(value, apiKey) {
  const hasKey = apiKey !== undefined;
  const pairs = hasKey ? [["Authorization", `Bearer ${apiKey}`]] : [];
  let holdsKey = hasKey;
  try {
    value = Object.fromEntries(Headers.prototype.entries.call(value));
  } catch {
    // A plain object, then.
  }
  for (const name of keysOf(value ?? {}, "options.headers")) {
    const path = `options.headers[${JSON.stringify(name.slice(0, 80))}]`;
    const content = read(value, name, path);
    if (typeof content !== "string") wrong(path, "a string", content);
    if (OWN_HEADERS.slice(0, hasKey ? 4 : 3).includes(name.toLowerCase()))
      throw new TypeError(`${path} is set by the client itself`);
    try {
      new Headers().append(name, content);
    } catch {
      throw new TypeError(`${path} is no valid header`); // the platform's message would show its value
    }
    holdsKey ||= content.includes(KEY_PREFIX);
    pairs.push([name, content]);
  }
  return { pairs, holdsKey };
}

/**
 * The option `fetch` as a function. The platform's is called as a bare global, an object's as its method: "Illegal
 * invocation" otherwise.
 */
export function fetcher(value, path) {
  if (value === undefined) return (url, init) => fetch(url, init);
  if (typeof value === "function") return (url, init) => value(url, init);
  if (typeof read(value, "fetch", `${path}.fetch`) !== "function") wrong(path, TYPES.F[0], value);
  return (url, init) => value.fetch(url, init);
}

const ITEM = "url:s! kind:image|video|audio? name:s? mimeType:s? durationSeconds:n? durationToken:s? duration_token:s?";

/**
 * `request.references`: each a file's handle, a `blob:` URL to be read, or an item, with its `index` in the caller's
 * list. What a form holds of an empty file input is left out.
 */
export function references(value) {
  if (value === undefined) return [];
  const path = "request.references";
  const length = read(value, "length", path);
  if (length > MAX_REFERENCES) throw new TypeError(`${path} must be an array of at most ${MAX_REFERENCES} references`);
  const found = Array.from({ length }, (_, index) => {
    const place = placeOf({ index });
    const given = readItem(value, index, place);
    if (!isBlob(given) || !isOfEmptyInput(given)) return { __proto__: null, ...reference(given, place), index };
    warnOnce(
      `rivya-wasm: ${place} is the file of an input in which none was chosen, without a name and without bytes: it is left out`,
    );
    return null;
  });
  return found.filter((each) => each !== null);
}

/** What errors call a reference: by its place in the caller's list. */
export const placeOf = ({ index }) => `references[${index}]`;

const schemeOf = (url) => /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase();

function reference(value, path) {
  if (isBlob(value)) return fileHandle(value);
  if (isBuffer(value)) return fileHandle(copyOf(value, path));
  if (isUrl(value)) value = value.href;
  if (typeof value !== "string") {
    if (!isObject(value) || isArray(value) || isSharedBuffer(value)) {
      wrong(
        path,
        "a Blob, a File, bytes (an ArrayBuffer or a view of a buffer), an uploaded file, a reference item, or a URL",
        value,
      );
    }
    const { duration_token, ...item } = checked(value, path, ITEM);
    const scheme = schemeOf(item.url);
    // Nobody but this page can read such a URL: its file is uploaded, as if it had been given alone.
    if (scheme === "data:" || scheme === "blob:") return reference(item.url, path);
    if (scheme === undefined) wrong(`${path}.url`, "an absolute URL", item.url);
    // An uploaded file spells it `duration_token`, an item `durationToken` (contract, section 5).
    return { ...item, durationToken: item.durationToken ?? duration_token };
  }
  const scheme = schemeOf(value);
  if (scheme === "data:") {
    try {
      return fileHandle(blobOfDataUrl(value));
    } catch (cause) {
      throw new TypeError(`${path} is no valid data: URL: ${cause.message}`, { cause });
    }
  }
  if (scheme === "blob:") return { blobUrl: text(value, path) };
  if (scheme === "https:" || scheme === "http:") return { url: text(value, path) };
  return wrong(path, "a data:, blob:, http: or https: URL, or a file", value);
}

/** Bytes as a file: what becomes of the caller's memory afterwards changes nothing. */
function copyOf(bytes, path) {
  try {
    return blobOfBytes(bytes);
  } catch (cause) {
    throw new TypeError(
      `${path} can't be read: its memory was handed over to somebody else (detached), or there is no room for a copy`,
      { cause },
    );
  }
}

function keysOf(value, path) {
  try {
    return Object.keys(value);
  } catch {
    throw new TypeError(`${path} can't be read`);
  }
}

/**
 * What a request has that none has: a misspelt field would be left out without a word, and the picture paid for all the
 * same.
 */
export function unknownFields(value, schema, path = "request") {
  const known = schema.split(" ").map((member) => member.split(":")[0]);
  return keysOf(value, path)
    .filter((key) => !known.includes(key))
    .slice(0, 20);
}

/** Throws: `options.timeoutMs must be a number of at least 0, not "soon"`. Runs none of the caller's code. */
export function wrong(path, expected, value) {
  throw new TypeError(redact(`${path} must be ${expected}, not ${describe(value)}`));
}

function describe(value) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    case "object":
      return describeObject(value);
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    default:
      return String(value);
  }
}

function describeObject(value) {
  if (value === null) return "null";
  if (isBlob(value)) return "a Blob";
  if (isArray(value)) return "an array";
  return isSharedBuffer(value) ? "a SharedArrayBuffer" : "an object";
}
