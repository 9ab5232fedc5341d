// Bodies of answers as text, read piece by piece, so that one without end is not received to its end.

import { cancel, pieceOf, readerOf, readWhole } from "./body.js";

/** @typedef {import("./body.js").Answered} Answered */
/** @typedef {import("./body.js").Reader} Reader */

/** The longest JSON text that is taken: the list of all models is about 100 kB. */
const MAX_TEXT_CHARACTERS = 8_000_000;
/** There is more of the text to come. */
const STREAM = /** @type {TextDecodeOptions} */ ({ __proto__: null, stream: true });

/** Of what comes in one piece, as most answers do: it begins and ends with each. */
const WHOLE = new TextDecoder();

/** @type {(text: unknown) => string | undefined} */
const taken = (text) => (typeof text === "string" && text.length <= MAX_TEXT_CHARACTERS ? text : undefined);

/**
 * A body as text; undefined where that is longer than any of this API's. Nothing more is received then, nor once
 * `signal` is aborted: a fetch that is not the platform's may heed none, so the body itself is cancelled.
 *
 * @type {(response: Answered, signal: AbortSignal) => Promise<string | undefined>}
 */
export async function textOf(response, signal) {
  const reader = readerOf(response);
  if (reader === undefined || reader === null) return taken(await readWhole(response, "text"));
  const stop = () => cancel(reader);
  signal.addEventListener("abort", stop);
  try {
    const text = taken(await decoded(reader, signal));
    if (text === undefined) stop();
    return text;
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * The text up to the end of the body, or to the piece that makes it too long.
 *
 * @type {(reader: Reader, signal: AbortSignal) => Promise<string>}
 */
async function decoded(reader, signal) {
  const first = pieceOf(await reader.read());
  let piece = first && pieceOf(await reader.read());
  if (piece === undefined) return WHOLE.decode(first);
  const decoder = new TextDecoder();
  let text = decoder.decode(first, STREAM);
  for (; piece !== undefined && !signal.aborted; piece = pieceOf(await reader.read())) {
    text += decoder.decode(piece, STREAM);
    if (text.length > MAX_TEXT_CHARACTERS) return text;
  }
  return text + decoder.decode();
}
