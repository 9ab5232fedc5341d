// Ids and keys as callers give them. Which ones can be sent, Rust says.

import { encodeId, isValidKey } from "#client-glue";
import { WHICH, WHICH_KEY } from "../js/call-options.js";
import { checked } from "../js/checked.js";
import { guard } from "../js/crash.js";
import { boundedString } from "../js/validators.js";

/**
 * An id that can be a segment of a path.
 *
 * @param {unknown} given
 */
export function idOf(given) {
  const id = boundedString(given, "id");
  if (guard(() => encodeId(id)) === undefined)
    throw new TypeError('id must be an id of the API: a string that is not empty, "." or ".."');
  return id;
}

/**
 * A caller's idempotency key, where there is one.
 *
 * @param {string | undefined} key
 * @param {string} path
 */
export function sendableKey(key, path) {
  if (key !== undefined && !guard(() => isValidKey(key)))
    throw new TypeError(`${path} must be 1 to 128 characters of printable ASCII`);
  return key;
}

/**
 * Which work is meant: an entry of `pending`, a key, or the id of a generation.
 *
 * @param {unknown} given
 */
export function whichOf(given) {
  const which = checked(given, "which", WHICH);
  if (which.idempotencyKey === undefined && which.generationId === undefined)
    throw new TypeError("which must have an idempotencyKey or a generationId");
  if (which.idempotencyKey === undefined) idOf(which.generationId);
  sendableKey(which.idempotencyKey, "which.idempotencyKey");
  return which;
}

/**
 * The key of an entry of `pending`.
 *
 * @param {unknown} given
 */
export function keyOfWhich(given) {
  const { idempotencyKey } = checked(given, "which", WHICH_KEY);
  sendableKey(idempotencyKey, "which.idempotencyKey");
  return idempotencyKey;
}
