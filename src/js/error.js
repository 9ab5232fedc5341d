// What only JavaScript can do: a class that extends `Error`. Rust builds one through `makeError`; nobody else can.

const KEY_PATTERN = /rvya_sk_[\w-]+/g;
const granted = Symbol();

/** The one error class of the package; its fields are documented in `index.d.ts`. */
export class RivyaError extends Error {
  constructor(grant, message, fields) {
    if (grant !== granted) throw new TypeError("RivyaError is made by rivya-wasm alone");
    super(message);
    Object.assign(this, fields);
  }
}
Object.defineProperty(RivyaError.prototype, "name", { value: "RivyaError", configurable: true });

/** A server may echo what it was sent: whatever looks like a key is cut from every message, here, where all of them pass. */
export const redact = (text) => text.replace(KEY_PATTERN, "rvya_sk_…");

export function makeError(
  code, message, status, requestId, retryable, retryAfterMs, attempts, mayHaveBeenCharged, idempotencyKey, issues, generation,
) {
  return new RivyaError(granted, redact(message), {
    code, status: status ?? null, requestId: requestId ?? null, retryable, retryAfterMs: retryAfterMs ?? null, attempts,
    mayHaveBeenCharged, idempotencyKey: idempotencyKey ?? null, issues: Object.freeze(issues), generation: generation ?? null,
  });
}

export const makeIssue = (path, message, severity) => ({ path, message: redact(message), severity });

export const makeTypeError = (message) => new TypeError(redact(message));
