// What only JavaScript can do: a class that extends `Error`. Rust builds one through `makeFailure`; nobody else can.

import { define, setMember } from "./data.js";

/** What looks like a key of the API or a secret of its webhooks. */
const KEY_PATTERN = /(rvya_sk_|whsec_)[^\s"'<>\\]+/g;
const granted = Symbol();
/**
 * Each entry of the package is one file with its own copy of this class; what one throws is an instance of the other's,
 * too.
 */
const BRAND = Symbol.for("rivya-wasm.RivyaError");

/**
 * What an error has beside its message, as `index.d.ts` documents it.
 *
 * @typedef {Omit<import("rivya-wasm").RivyaError, keyof Error>} Fields
 */

/** The one error class of the package. */
export class RivyaError extends Error {
  /**
   * @param {symbol} grant
   * @param {string} message
   * @param {Fields} fields
   */
  constructor(grant, message, fields) {
    if (grant !== granted) throw new TypeError("RivyaError is made by rivya-wasm alone");
    super(message);
    // Not assigned: a setter that a script put on a prototype would be called instead.
    Object.entries(fields).forEach(([name, value]) => setMember(this, name, value));
  }

  /**
   * @override
   * @param {unknown} value
   */
  static [Symbol.hasInstance](value) {
    return value instanceof Error && Reflect.get(value, BRAND) === true;
  }
}
define(RivyaError.prototype, BRAND, { __proto__: null, value: true });
define(RivyaError.prototype, "name", { __proto__: null, value: "RivyaError", configurable: true });

/**
 * A message of ours without what looks like a key: nobody may have configured it. For messages alone: in data of a
 * caller's such a text may be anything. The keys of a client or a proxy, which may look like anything, are cut out by
 * `Secrets`.
 *
 * @param {string} message
 */
export const redact = (message) => message.replace(KEY_PATTERN, "$1…");

/**
 * An error with these very texts.
 *
 * @param {string} message
 * @param {Fields} fields
 */
export const errorOf = (message, fields) =>
  /** @type {RivyaError & Fields} */ (new RivyaError(granted, message, fields));

/**
 * What the flows have failed with: `fields` is all that its class has besides.
 *
 * @param {string} code
 * @param {string} message
 * @param {Omit<Fields, "code" | "issues">} fields
 * @param {import("rivya-wasm").ValidationIssue[]} issues
 */
export function makeFailure(code, message, fields, issues) {
  const { requestId } = fields;
  return errorOf(redact(message), {
    code: redact(code),
    status: fields.status,
    requestId: typeof requestId === "string" ? redact(requestId) : null,
    retryable: fields.retryable,
    retryAfterMs: fields.retryAfterMs,
    attempts: fields.attempts,
    mayHaveBeenCharged: fields.mayHaveBeenCharged,
    idempotencyKey: fields.idempotencyKey,
    issues: Object.freeze(issues),
    generation: fields.generation,
  });
}

/** What an error has where nothing was sent. */
const NOTHING = {
  __proto__: null,
  status: null,
  requestId: null,
  retryable: false,
  retryAfterMs: null,
  attempts: 0,
  mayHaveBeenCharged: false,
  idempotencyKey: null,
  generation: null,
};

/**
 * What fails before anything is sent.
 *
 * @param {string} code
 * @param {string} message
 * @param {Partial<Fields>} [fields]
 */
export const makeError = (code, message, fields) => makeFailure(code, message, { ...NOTHING, ...fields }, []);

/** @type {(path: string, message: string, severity: "error" | "warning") => import("rivya-wasm").ValidationIssue} */
export const makeIssue = (path, message, severity) => ({ path, message: redact(message), severity });

/** @param {string} message */
export const makeTypeError = (message) => new TypeError(redact(message));
