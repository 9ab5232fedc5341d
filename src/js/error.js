// What only JavaScript can do: a class that extends `Error`. Rust builds one through `makeError`; nobody else can.

import { setMember } from "./data.js";

/** What looks like a key of the API or a secret of its webhooks. */
const KEY_PATTERN = /(rvya_sk_|whsec_)[^\s"'<>\\]+/g;
const granted = Symbol();
/**
 * Each entry of the package is one file with its own copy of this class; what one throws is an instance of the other's,
 * too.
 */
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

/**
 * A message of ours without what looks like a key: nobody may have configured it. For messages alone: in data of a
 * caller's such a text may be anything. The keys of a client or a proxy, which may look like anything, are cut out by
 * `Secrets`.
 */
export const redact = (message) => message.replace(KEY_PATTERN, "$1…");

/** What JavaScript counts while a call runs (`attempts`, the key that was sent) is set on the error afterwards. */
export function makeError(code, message, status, requestId, retryable, retryAfterMs, issues = []) {
  return new RivyaError(granted, redact(message), {
    code: redact(code),
    status: status ?? null,
    requestId: typeof requestId === "string" ? redact(requestId) : null,
    retryable: retryable === true,
    retryAfterMs: retryAfterMs ?? null,
    attempts: 0,
    mayHaveBeenCharged: false,
    idempotencyKey: null,
    issues: Object.freeze(issues),
    generation: null,
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

/**
 * What was thrown, with `change` made to its texts: itself where that changes none, or where it is neither a
 * `RivyaError` nor a `TypeError`. Else a copy, for it may be somebody else's. The generation that it tells of is data,
 * and stays.
 */
export function withTexts(error, change) {
  try {
    const changed = (text) => (typeof text === "string" ? change(text) : text);
    const { message, stack } = error;
    let copy;
    if (error instanceof RivyaError) {
      const { code, requestId, issues } = error;
      const texts = [message, stack, code, requestId, ...issues.map((issue) => issue.message)];
      if (texts.every((text) => changed(text) === text)) return error;
      const changedIssues = issues.map((issue) => ({ ...issue, message: changed(issue.message) }));
      copy = new RivyaError(granted, changed(message), {
        ...error,
        code: changed(code),
        requestId: changed(requestId),
        issues: Object.freeze(changedIssues),
      });
    } else if (error instanceof TypeError && (changed(message) !== message || changed(stack) !== stack)) {
      const options = Object.hasOwn(error, "cause") ? { __proto__: null, cause: error.cause } : undefined;
      copy = new TypeError(changed(message), options);
    } else return error;
    return Object.defineProperty(copy, "stack", {
      __proto__: null,
      value: changed(stack),
      configurable: true,
      writable: true,
    });
  } catch {
    // It is nothing that can be read: a caller's function may throw anything.
    return error;
  }
}

/** A copy of an error: several calls may end with the same one, and each adds its own fields. */
export const copyOf = (error) => new RivyaError(granted, error.message, { ...error });
