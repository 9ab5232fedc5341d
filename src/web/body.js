// Bodies of answers, read piece by piece, so that one without end is not received to its end. What a caller's fetch
// answers may be a look-alike: it may have no stream, and do anything when it is asked for one.

import { given } from "../js/data.js";
import { isBlob } from "./blob.js";

/** @typedef {any} Answered A Response, or a look-alike. */
/** @typedef {{ read(): PromiseLike<{ done?: boolean, value?: unknown }> }} Reader Of a look-alike, too. */

/** The longest JSON text that is taken: the list of all models is about 100 kB. */
const MAX_TEXT_CHARACTERS = 8_000_000;
/** There is more of the text to come. */
const STREAM = /** @type {TextDecodeOptions} */ ({ __proto__: null, stream: true });

/** Cancels a stream or a reader, of which a look-alike may do anything. @param {any} what */
export function cancel(what) {
  try {
    what?.cancel?.()?.catch?.(() => {});
  } catch {
    // Nobody reads it any more.
  }
}

/**
 * Gives up a body that nobody reads: it would hold its connection until it is collected.
 *
 * @param {Answered} response
 */
export function giveUp(response) {
  try {
    cancel(given(response, "body"));
  } catch {
    // It can't even be asked for.
  }
}

/**
 * What reads the body; undefined where there is no stream to read.
 *
 * @type {(response: Answered) => Reader | undefined}
 */
export function readerOf(response) {
  try {
    return given(response, "body")?.getReader?.();
  } catch {
    return undefined;
  }
}

/**
 * A header of an answer; undefined where it has none, or where a look-alike has no headers.
 *
 * @type {(response: Answered, name: string) => string | undefined}
 */
export function headerOf(response, name) {
  const value = given(response, "headers")?.get?.(name);
  return typeof value === "string" ? value : undefined;
}

/**
 * The next piece of a body, as bytes; undefined at its end.
 *
 * @param {Reader} reader
 */
export async function readPiece(reader) {
  const { done, value } = await reader.read();
  if (done) return undefined;
  if (!ArrayBuffer.isView(value)) throw new TypeError("the fetch answered with a body that is not made of bytes");
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** All of a body. @type {(response: Answered, what: "text" | "blob") => unknown} */
function readWhole(response, what) {
  const reader = given(response, what);
  if (typeof reader !== "function") throw new TypeError(`the fetch answered with something that has no ${what}()`);
  return reader.call(response);
}

/** The body of a look-alike without a stream. @param {Answered} response */
export async function blobOf(response) {
  const blob = await readWhole(response, "blob");
  if (!isBlob(blob)) throw new TypeError("the fetch answered with a body that is no Blob");
  return blob;
}

/**
 * A body as text; undefined where that is longer than any of this API's. Nothing more is received then, nor once
 * `signal` is aborted: a fetch that is not the platform's may heed none, so the body itself is cancelled.
 *
 * @type {(response: Answered, signal: AbortSignal) => Promise<string | undefined>}
 */
export async function textOf(response, signal) {
  const reader = readerOf(response);
  const text = reader ? await decoded(reader, signal) : await readWhole(response, "text");
  return typeof text === "string" && text.length <= MAX_TEXT_CHARACTERS ? text : undefined;
}

/** @type {(reader: Reader, signal: AbortSignal) => Promise<string | undefined>} */
async function decoded(reader, signal) {
  const decoder = new TextDecoder();
  const stop = () => cancel(reader);
  signal.addEventListener("abort", stop);
  try {
    for (let text = ""; ; ) {
      const piece = await readPiece(reader);
      if (signal.aborted) throw signal.reason;
      if (piece === undefined) return text + decoder.decode();
      text += decoder.decode(piece, STREAM);
      if (text.length <= MAX_TEXT_CHARACTERS) continue;
      stop();
      return undefined;
    }
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
