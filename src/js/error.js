// What only JavaScript can do: a class that extends `Error`. Rust builds one through `makeError`; nobody else can.

import { setMember } from "./data.js";

/** Keys of the API, and secrets of its webhooks. A backslash is left: in JSON it may belong to the quote behind. */
const KEY_PATTERN = /(rvya_sk_|whsec_)[^\s"'<>\\]+/g;
/** A key of fewer characters is a word that may stand in any message. */
const MIN_SECRET_CHARACTERS = 8;
const secrets = new Set();
const granted = Symbol();
/** Each entry of the package is one file with its own copy of this class; what one throws is an instance of the other's, too. */
const BRAND = Symbol.for("rivya-wasm.RivyaError");

/** The one error class of the package; its fields are documented in `index.d.ts`. */
export class RivyaError extends Error {
  constructor(grant, message, fields) {
    if (grant !== granted) throw new TypeError("RivyaError is made by rivya-wasm alone");
    super(message);
    // Not assigned: a setter that a script put on a prototype would be called instead.
    Object.entries(fields).forEach(([name, value]) => setMember(this, name, value));
  }

  static [Symbol.hasInstance](value) {
    return value instanceof Error && value[BRAND] === true;
  }
}
// A descriptor with a prototype would take a `get` that stands there for its own.
Object.defineProperty(RivyaError.prototype, BRAND, { __proto__: null, value: true });
Object.defineProperty(RivyaError.prototype, "name", { __proto__: null, value: "RivyaError", configurable: true });

/** A key that was configured never appears in a message, whatever it looks like. */
export function hideKey(key) {
  if (key.length >= MIN_SECRET_CHARACTERS) secrets.add(key);
}

/** A server may echo what it was sent: whatever is or looks like a key is cut from every message, here, where all of them pass. */
export function redact(text) {
  for (const secret of secrets) text = text.replaceAll(secret, "…");
  return text.replace(KEY_PATTERN, "$1…");
}

/** What JavaScript counts while a call runs (`attempts`, the key that was sent) is set on the error afterwards. */
export function makeError(code, message, status, requestId, retryable, retryAfterMs, issues = []) {
  return new RivyaError(granted, redact(message), {
    code: redact(code), status: status ?? null, requestId: typeof requestId === "string" ? redact(requestId) : null, retryable: retryable === true,
    retryAfterMs: retryAfterMs ?? null, attempts: 0, mayHaveBeenCharged: false, idempotencyKey: null, issues: Object.freeze(issues), generation: null,
  });
}

export const makeIssue = (path, message, severity) => ({ path, message: redact(message), severity });

export const makeTypeError = (message) => new TypeError(redact(message));

/** Why an attempt failed, and when the next one is made: `delayMs` is undefined where none is. */
export const makeVerdict = (error, delayMs, hasAnswer, leavesDoubt, isRefusal, isCrowded) => ({
  __proto__: null,
  error,
  delayMs,
  hasAnswer,
  leavesDoubt,
  isRefusal,
  isCrowded,
});

/** A copy of an error: several calls may end with the same one, and each adds its own fields. */
export const copyOf = (error) => new RivyaError(granted, error.message, { ...error });
