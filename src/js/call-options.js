// The options of each call of a client.

import { nullable, optional, withDefault } from "./optional.js";
import { abortSignal, boolean, callback, idempotencyKey, number, oneOf, text } from "./validators.js";

/** How long a call waits for a generation: a quarter of an hour (our convention). */
const WAIT_TIMEOUT_MS = 900_000;

export const READ = { signal: optional(abortSignal), timeoutMs: optional(number) };

export const CREATE = { ...READ, idempotencyKey: optional(idempotencyKey) };

export const INSPECT = {
  signal: optional(abortSignal),
  model: optional(text),
  kind: optional(oneOf("image", "video", "audio")),
  keepMetadata: optional(boolean),
  fit: optional(oneOf("off", "limit")),
};

export const UPLOAD = {
  ...INSPECT,
  timeoutMs: optional(number),
  client_request_id: optional(text),
  name: optional(text),
  onProgress: optional(callback),
};

export const DOWNLOAD = { ...READ, onProgress: optional(callback) };

export const WAIT = {
  signal: optional(abortSignal),
  waitTimeoutMs: withDefault(number, WAIT_TIMEOUT_MS),
  onProgress: optional(callback),
};

export const GENERATE = {
  ...WAIT,
  idempotencyKey: optional(idempotencyKey),
  validation: optional(oneOf("strict", "known", "off")),
};

/** Which work is resumed. */
export const WHICH = { idempotencyKey: optional(idempotencyKey), generationId: nullable(text) };

/** Which work is forgotten. */
export const WHICH_KEY = { idempotencyKey };
