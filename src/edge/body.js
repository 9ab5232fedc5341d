// Bodies, read or passed on, never longer than allowed.

import { given, member } from "../js/data.js";

/** Thrown where a body is longer than it may be. */
export const TOO_LARGE = Symbol("too large");

/** @typedef {ReadableStreamDefaultReader<Uint8Array>} Reader */
/** @typedef {ReadableStreamReadResult<Uint8Array>} Read */
/** @typedef {{ body: ReadableStream<Uint8Array> | null }} HasBody A Request, a Response, or a look-alike. */

/**
 * @typedef {object} FillingReader
 * @property {(bytes: number, room: Uint8Array) => Promise<Read>} readAtLeast
 * @property {() => void} releaseLock
 */

/** Of a body in one piece, which most are. */
const wholeText = new TextDecoder();

/** An extension of workerd: a read that waits until so many bytes have come, or the body has ended. */
const hasReadAtLeast = member(given(globalThis, "ReadableStreamBYOBReader")?.prototype, "readAtLeast") !== undefined;
/** More than most answers have. */
const BUFFER_BYTES = 4_096;

/**
 * A body as text, at most `maxBytes`; the rest is not even received, nor is any once `signal` is aborted. It is always
 * counted: a length that is said beside chunks bounds nothing in Deno, Bun and workerd.
 *
 * @param {HasBody} of
 * @param {number} maxBytes
 * @param {AbortSignal} [signal]
 */
export async function textOf({ body }, maxBytes, signal) {
  if (body === null || body === undefined) return "";
  const reader = body.getReader();
  signal?.addEventListener("abort", () => reader.cancel().catch(() => {}));
  return textFrom(await reader.read(), reader, maxBytes);
}

/**
 * The same of an answer of the API, counted all the same. A read is dear in workerd: one that gets fewer bytes than it
 * waits for has seen the end of the body, and saves the second one, which would tell nothing else.
 *
 * @param {HasBody} of
 * @param {number} maxBytes
 */
export async function answerTextOf({ body }, maxBytes) {
  const filling = body === null ? null : fillingReader(body);
  if (body === null || filling === null) return textOf({ body }, maxBytes);
  const bytes = Math.min(BUFFER_BYTES, maxBytes + 1);
  const { done, value } = await filling.readAtLeast(bytes, new Uint8Array(bytes));
  if (done) return "";
  if (value.byteLength < bytes) return wholeText.decode(value);
  filling.releaseLock();
  return textFrom({ done, value }, body.getReader(), maxBytes);
}

/**
 * Null where the platform has none, and for a body that is no stream of bytes: JavaScript may have made it.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @returns {FillingReader | null}
 */
function fillingReader(body) {
  try {
    return hasReadAtLeast ? /** @type {any} */ (body).getReader({ __proto__: null, mode: "byob" }) : null;
  } catch {
    return null;
  }
}

/**
 * The text of `begun`, which is the first read, and of all that `reader` gives after it.
 *
 * @param {Read} begun
 * @param {Reader} reader
 * @param {number} maxBytes
 */
async function textFrom(begun, reader, maxBytes) {
  /** @type {Uint8Array | null} */
  let first = null;
  /** @type {TextDecoder | null} */
  let decoder = null;
  let text = "";
  let left = maxBytes;
  for (let read = begun; ; read = await reader.read()) {
    const { done, value } = read;
    if (done) {
      if (decoder !== null) return text + decoder.decode();
      return first === null ? "" : wholeText.decode(first);
    }
    left -= value.byteLength;
    if (!(left >= 0)) {
      reader.cancel().catch(() => {});
      throw TOO_LARGE;
    }
    if (first === null) {
      first = value;
      continue;
    }
    if (decoder === null) {
      decoder = new TextDecoder();
      text = decoder.decode(first, { stream: true });
    }
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * A body that fails with `TOO_LARGE` behind `maxBytes`. `onFailure(cause)` is told, of what fails on its way to us,
 * too; `onPiece()` of each piece, and the end.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {number} maxBytes
 * @param {() => void} onPiece
 * @param {(cause: unknown) => void} onFailure
 * @returns {ReadableStream<Uint8Array>}
 */
export function counted(body, maxBytes, onPiece, onFailure) {
  const reader = body.getReader();
  let left = maxBytes;
  /** @type {(controller: ReadableStreamDefaultController<Uint8Array>) => Promise<void>} */
  const pull = async (controller) => {
    try {
      const { done, value } = await reader.read();
      onPiece();
      if (done) return controller.close();
      left -= value.byteLength;
      if (!(left >= 0)) throw TOO_LARGE;
      controller.enqueue(value);
    } catch (cause) {
      reader.cancel(cause).catch(() => {});
      onFailure(cause);
      throw cause;
    }
  };
  /** @type {UnderlyingSourceCancelCallback} */
  const cancel = (reason) => reader.cancel(reason);
  return new ReadableStream(
    /** @type {UnderlyingDefaultSource<Uint8Array>} */ ({ __proto__: null, pull, cancel }),
    /** @type {QueuingStrategy<Uint8Array>} */ ({ __proto__: null, highWaterMark: 0 }),
  );
}

/**
 * A body that nobody reads is given up: it would hold its connection.
 *
 * @param {HasBody} of
 */
export const giveUp = ({ body }) => void body?.cancel().catch(() => {});
