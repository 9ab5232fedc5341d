// A generation is submitted once: one key and the same bytes over all attempts.

import { isValidKey, keyOf } from "#client-glue";
import { RivyaError } from "../js/error.js";
import { randomBytes } from "../js/platform.js";
import { send } from "./send.js";

/** `{ key, isCallers }`: the option `idempotencyKey`, or a fresh one. */
export function keyFor({ idempotencyKey }) {
  if (idempotencyKey === undefined) return { key: keyOf(randomBytes(16)), isCallers: false };
  if (!isValidKey(idempotencyKey)) throw new TypeError("options.idempotencyKey must be 1 to 128 characters of printable ASCII");
  return { key: idempotencyKey, isCallers: true };
}

/** `POST /generations`. */
export async function submit(core, body, { key, isCallers }, timeoutMs, scope) {
  try {
    return await send(core, { path: "/generations", expected: "generation", body, key, timeoutMs }, scope);
  } catch (error) {
    // Without a key of the caller's, the same call would be another submission, with another charge.
    if (error instanceof RivyaError) error.retryable &&= isCallers || !error.mayHaveBeenCharged;
    throw error;
  }
}

/** What any failure after the submission says of it. */
export function mark(error, { key, isCallers }) {
  if (error instanceof RivyaError) {
    Object.assign(error, { idempotencyKey: key, retryable: error.retryable && isCallers, attempts: Math.max(error.attempts, 1) });
  }
  return error;
}
