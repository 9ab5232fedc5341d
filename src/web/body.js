// Bodies of answers, piece by piece. What a caller's fetch answers may be a look-alike: it may have no stream, and do
// anything when it is asked for one.

import { given } from "../js/data.js";
import { isBlob } from "./blob.js";

/** @typedef {any} Answered A Response, or a look-alike. */
/** @typedef {{ read(): PromiseLike<{ done?: boolean, value?: unknown }> }} Reader Of a look-alike, too. */

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
 * What a reader has read; undefined at the end of the body.
 *
 * @type {(read: { done?: boolean, value?: unknown }) => ArrayBufferView<ArrayBuffer> | undefined}
 */
export function pieceOf({ done, value }) {
  if (done) return undefined;
  if (!ArrayBuffer.isView(value)) throw new TypeError("the fetch answered with a body that is not made of bytes");
  return /** @type {ArrayBufferView<ArrayBuffer>} */ (value);
}

/**
 * The next piece of a body, as bytes; undefined at its end.
 *
 * @param {Reader} reader
 */
export async function readPiece(reader) {
  const piece = pieceOf(await reader.read());
  return piece && new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
}

/** All of a body. @type {(response: Answered, what: "text" | "blob") => unknown} */
export async function readWhole(response, what) {
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
