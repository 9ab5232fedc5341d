// One delivery of a webhook: read here once and within bounds, judged by the rules.

import { isArray, isObject, isStream } from "../js/brands.js";
import { byteLengthOf, isBytes } from "../js/buffers.js";
import { checked } from "../js/checked.js";
import { makeError } from "../js/error.js";
import { optional, withDefault } from "../js/optional.js";
import { read, readItem, readLength } from "../js/read.js";
import { Secrets } from "../js/secrets.js";
import { callback, number, object, oneOf, text } from "../js/validators.js";
import { wrong } from "../js/wrong.js";
import { openDelivery } from "./rules.js";
import { HEADER_NAME } from "./settings.js";
import { reasonOf } from "./reason.js";

/** An event carries a prompt and some URLs; the API's own limit is not documented. */
const MAX_BODY_BYTES = 1_048_576;
/** Servers let 16 to 32 kB of headers through, all in all. */
const MAX_HEADER_CHARACTERS = 32_768;
/** More than any rotation needs. */
const MAX_SECRETS = 100;
const MAX_SECRET_CHARACTERS = 1_000;

/** Where no time is signed a delivery never grows old: for a year it is known again (our convention). */
const AGELESS_MS = 365 * 86_400_000;

const OPTIONS = { scheme: optional(object), toleranceMs: withDefault(number, 300_000), claim: optional(callback) };
const SCHEME = {
  idHeader: text,
  timestampHeader: text,
  signatureHeader: text,
  signedContent: oneOf("id.timestamp.body", "timestamp.body", "body"),
  encoding: oneOf("base64", "hex"),
  signaturePrefix: text,
};
const DELIVERY = { headers: object };

/**
 * Our assumption: the API's `whsec_` is the prefix of Standard Webhooks; that it signs by them is not documented.
 *
 * @type {Scheme}
 */
const STANDARD_WEBHOOKS = {
  idHeader: "webhook-id",
  timestampHeader: "webhook-timestamp",
  signatureHeader: "webhook-signature",
  signedContent: "id.timestamp.body",
  encoding: "base64",
  signaturePrefix: "v1,",
};

/** @typedef {import("../js/checked.js").Checked<typeof SCHEME>} Scheme */

/** @param {string} why */
const refused = (why) => makeError("webhook_signature", `The delivery was refused: ${why}`);

/**
 * `verifyWebhook`; `load()` makes the module ready.
 *
 * @param {() => void | Promise<void>} load
 */
export const verifyOver = (load) =>
  /**
   * @param {unknown} delivery
   * @param {unknown} options
   */
  async function verifyWebhook(delivery, options) {
    // Before all else: where another option doesn't fit, the message may show what was given for it.
    const secrets = isObject(options ?? {}) ? readSecrets(options) : [];
    const hidden = new Secrets(secrets);
    const { scheme, toleranceMs, claim, signed, body } = hidden.during(() => readAll(delivery, options));
    await load();
    const bytes = await bytesOf(body).catch((error) => Promise.reject(hidden.cutFromError(error)));
    const { claimId, event } = hidden.during(() =>
      openDelivery({ ...scheme, ...signed, toleranceMs, nowMs: Date.now() }, secrets, bytes),
    );
    if (claim !== undefined) {
      // Two deliveries of one id, one at each end of the tolerance, are so far apart.
      const isFirst = await claim(claimId, scheme.signedContent === "body" ? AGELESS_MS : 2 * toleranceMs);
      if (typeof isFirst !== "boolean") wrong("what options.claim answers", "true or false", isFirst);
      if (!isFirst) throw refused(`${hidden.cutFrom(claimId)} was delivered before: a replay`);
    }
    return event;
  };

/**
 * @param {unknown} delivery
 * @param {unknown} given
 */
function readAll(delivery, given) {
  const options = readOptions(given);
  const { body, ...signed } = readDelivery(delivery, options.scheme);
  return { ...options, signed, body };
}

/** @param {unknown} given */
function readOptions(given) {
  const { scheme, toleranceMs, claim } = checked(given, "options", OPTIONS);
  return {
    scheme: scheme === undefined ? STANDARD_WEBHOOKS : readScheme(scheme),
    toleranceMs,
    // Called as the options' method: they may be an object of a class.
    claim: claim && ((/** @type {string} */ id, /** @type {number} */ ttlMs) => claim.call(given, id, ttlMs)),
  };
}

/**
 * A secret never stands in a message, right or wrong.
 *
 * @param {unknown} options
 */
function readSecrets(options) {
  const path = "options.secret";
  const given = read(options ?? {}, "secret", path);
  const secrets = isArray(given) ? firstOf(given, path) : [given];
  if (secrets.length === 0 || secrets.length > MAX_SECRETS || !secrets.every(isFitSecret)) {
    throw new TypeError(
      `${path} must be a string of 1 to ${MAX_SECRET_CHARACTERS} characters, or an array of 1 to ${MAX_SECRETS} of them`,
    );
  }
  return secrets;
}

/**
 * @param {unknown} secret
 * @returns {secret is string}
 */
const isFitSecret = (secret) =>
  typeof secret === "string" && secret.length > 0 && secret.length <= MAX_SECRET_CHARACTERS;

/**
 * The items of a list, no more of them than it takes to refuse it.
 *
 * @param {unknown[]} list
 * @param {string} path
 */
function firstOf(list, path) {
  const length = Math.min(readLength(list, path), MAX_SECRETS + 1);
  return Array.from({ length }, (_, index) => readItem(list, index, `${path}[${index}]`));
}

/**
 * Whether a part of a delivery is signed: `id`, `timestamp`.
 *
 * @param {Scheme} scheme
 * @param {string} part
 */
const isSigned = (scheme, part) => scheme.signedContent.split(".").includes(part);

/** @param {unknown} given */
function readScheme(given) {
  const path = "options.scheme";
  const scheme = checked(given, path, SCHEME);
  if (/\s/.test(scheme.signaturePrefix))
    wrong(`${path}.signaturePrefix`, "text without blanks", scheme.signaturePrefix);
  const { idHeader, timestampHeader, signatureHeader } = scheme;
  const names = {
    ...(isSigned(scheme, "id") ? { idHeader } : {}),
    ...(isSigned(scheme, "timestamp") ? { timestampHeader } : {}),
    signatureHeader,
  };
  for (const [key, name] of Object.entries(names))
    if (!HEADER_NAME.test(name)) wrong(`${path}.${key}`, "the name of a header", name);
  return scheme;
}

/**
 * The parts of a delivery. A `Request` may be a look-alike: that of Hono on Node is one.
 *
 * @param {unknown} delivery
 * @param {Scheme} scheme
 */
function readDelivery(delivery, scheme) {
  const { headers } = checked(delivery, "delivery", DELIVERY);
  if (read(delivery, "bodyUsed", "delivery.bodyUsed") === true)
    throw new TypeError("delivery.body was read before; verify first, or give a clone");
  return {
    id: isSigned(scheme, "id") ? headerOf(headers, scheme.idHeader) : undefined,
    timestamp: isSigned(scheme, "timestamp") ? headerOf(headers, scheme.timestampHeader) : undefined,
    signatures: headerOf(headers, scheme.signatureHeader),
    body: read(delivery, "body", "delivery.body"),
  };
}

/**
 * A header's value; undefined where there is none. Of a plain object the names count in any case, as `Headers` has it.
 *
 * @param {object} headers
 * @param {string} name
 */
function headerOf(headers, name) {
  const path = `delivery.headers[${JSON.stringify(name)}]`;
  const isPlain = typeof read(headers, "get", "delivery.headers.get") !== "function";
  const values = isPlain ? valuesOf(headers, name, path) : [valueFrom(headers, name, path)];
  const given = values.filter((value) => value !== undefined && value !== null);
  for (const value of given) if (typeof value !== "string") wrong(path, "a string", value);
  if (given.length === 0) return undefined;
  const value = given.join(", ");
  if (value.length > MAX_HEADER_CHARACTERS)
    throw refused(`its header ${name} has over ${MAX_HEADER_CHARACTERS} characters`);
  return value;
}

/**
 * @param {any} headers
 * @param {string} name
 * @param {string} path
 * @returns {unknown}
 */
function valueFrom(headers, name, path) {
  try {
    return headers.get(name);
  } catch (cause) {
    throw new TypeError(`${path} can't be read: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * @param {object} headers
 * @param {string} name
 * @param {string} path
 */
function valuesOf(headers, name, path) {
  let names;
  try {
    names = Object.keys(headers);
  } catch (cause) {
    throw new TypeError(`delivery.headers can't be read: ${reasonOf(cause)}`, { cause });
  }
  return names.filter((each) => each.toLowerCase() === name.toLowerCase()).map((each) => read(headers, each, path));
}

/**
 * A body's bytes, whatever type it says it has; a stream that is longer than allowed is not received to its end.
 *
 * @param {unknown} body
 */
async function bytesOf(body) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  let bytes = 0;
  /** @param {unknown} piece */
  const take = (piece) => {
    if (!isBytes(piece))
      wrong(
        "delivery.body",
        "a string, a Uint8Array, or a stream of them: the raw body, before anything parsed it",
        piece,
      );
    bytes += byteLengthOf(piece);
    if (bytes > MAX_BODY_BYTES) throw refused(`its body has over ${MAX_BODY_BYTES} bytes`);
    pieces.push(piece);
  };
  if (isStream(body)) await drain(body, take);
  else if (typeof body === "string") take(new TextEncoder().encode(body.slice(0, MAX_BODY_BYTES + 1)));
  else if (body !== null) take(body); // a Request without a body has null
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += byteLengthOf(piece);
  }
  return whole;
}

/**
 * @param {ReadableStream<unknown>} stream
 * @returns {ReadableStreamDefaultReader<unknown>}
 */
function readerOf(stream) {
  try {
    return /** @type {any} */ (ReadableStream.prototype.getReader.call(stream));
  } catch (cause) {
    throw new TypeError("delivery.body is being read by somebody else; verify first, or give a clone", { cause });
  }
}

/**
 * @param {ReadableStream<unknown>} stream
 * @param {(piece: unknown) => void} take
 */
async function drain(stream, take) {
  const reader = readerOf(stream);
  for (;;) {
    const { done, value } = await reader.read().catch((cause) => {
      throw makeError("network_error", `The delivery's body broke off: ${reasonOf(cause)}`);
    });
    if (done) return;
    try {
      take(value);
    } catch (error) {
      reader.cancel().catch(() => {});
      throw error;
    }
  }
}
