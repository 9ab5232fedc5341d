// Bodies of answers, read piece by piece, so that one without end is not received to its end. What a caller's fetch
// answers may be a look-alike: it may have no stream, and do anything when it is asked for one.

import { given } from "./data.js";
import { ENDED } from "./scope.js";

/** Cancels a stream or a reader, of which a look-alike may do anything. */
function cancel(what) {
  try {
    what?.cancel?.()?.catch?.(() => {});
  } catch {
    // Nobody reads it any more.
  }
}

/** Gives up a body that nobody reads: it would hold its connection until it is collected. */
export function giveUp(response) {
  try {
    cancel(given(response, "body"));
  } catch {
    // It can't even be asked for.
  }
}

/** What reads the body; undefined where there is no stream to read. */
export function readerOf(response) {
  try {
    return given(response, "body")?.getReader?.();
  } catch {
    return undefined;
  }
}

/**
 * Reads to the end, or until `take(piece)` answers false: then, and where `signal` was aborted, nothing more is
 * received. A fetch that is not the platform's may heed no signal, so the body itself is cancelled.
 */
export async function readPieces(reader, signal, take) {
  const stop = () => cancel(reader);
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw ENDED;
      if (done) return;
      if (!ArrayBuffer.isView(value)) throw new TypeError("the fetch answered with a body that is not made of bytes");
      if (take(value) === false) return stop();
    }
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
