// A file's bytes for whoever goes through it from front to back. Each read of a slice costs a browser two milliseconds,
// however small it is (8 s for a PNG of 30 MB with chunks of 8 kB); a stream costs little more than the bytes
// themselves, and half of it where all are read into the same memory. So what is looked at all over is streamed, and
// where megabytes are skipped before that, a slice is read behind them.

import { bytesOf, streamOf, unreadableNow } from "./file.js";

/** Skipping so much costs about as much as reading it. */
const SKIP_BYTES = 2_000_000;
/** What is read behind a skip. */
const SLICE_BYTES = 131_072;
/** What is read at once: little enough to be in the processor's caches still when it is looked at. */
const PIECE_BYTES = 524_288;

/**
 * The readers that are open. Chromium collects a stream together with the function that waits for its next piece,
 * unless something else holds it: of files of 30 MB, one in some 1,500 was never read to its end.
 */
const held = new Set();

/** Safari before 26 has no files that are read into memory of ours. */
function readerOf(stream) {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return stream.getReader();
  }
}

/** `file.head` is there already. What `read` answers is gone with the next one, which must not go back. */
export function bytesThrough(file, place) {
  const { blob, bytes: fileBytes, head } = file;
  let start = 0;
  let bytes = head;
  /** Brings what follows `bytes`. */
  let reader;
  /** What the next piece is read into. */
  let room = new ArrayBuffer(0);
  const end = () => start + bytes.length;

  /** The next piece, behind what is there already from `at` on. */
  async function readOn(at) {
    if (reader === undefined) {
      // From its front on: of each slice of a file that lies in memory, Chromium makes a copy, and soon has no room for
      // more.
      reader = readerOf(streamOf(blob));
      held.add(reader);
      [start, bytes] = [0, new Uint8Array()];
    }
    const kept = bytes.slice(at - start);
    start = end() - kept.length;
    if (room.byteLength <= kept.length * 2) room = new ArrayBuffer(kept.length + PIECE_BYTES);
    const { done, value } = await reader
      .read(new Uint8Array(room, kept.length))
      .catch(() => ({ done: undefined, value: undefined }));
    // It also ends before its time where a file was cut short.
    if (done !== false) throw unreadableNow(place);
    const both = kept.length + value.length;
    // Firefox goes on where more was written to a file since it was chosen.
    if (start + both > fileBytes) throw unreadableNow(place);
    bytes = value;
    if (room.byteLength === 0) {
      // It was handed over, and comes back as what the piece lies in.
      room = value.buffer;
      bytes = new Uint8Array(room, 0, both);
    } else if (kept.length > 0) {
      bytes = new Uint8Array(both);
      bytes.set(value, kept.length);
    }
    bytes.set(kept);
  }

  async function load(at, until) {
    // A stream that is open is read on: it was begun where the file has small parts, and there may be more of them.
    if (reader === undefined && at - end() > SKIP_BYTES) {
      bytes = await bytesOf(blob, at, Math.min(Math.max(until, at + SLICE_BYTES), fileBytes), place);
      start = at;
    }
    while (end() < until) await readOn(at);
  }

  /** So many bytes from `at` on, fewer only at the file's end: at once where they are at hand, else as a promise. */
  function read(at, wantedBytes) {
    const until = Math.min(at + wantedBytes, fileBytes);
    const piece = () => bytes.subarray(at - start, until - start);
    return until <= end() ? piece() : load(at, until).then(piece);
  }

  /**
   * Where a JPEG's next marker is, in a scan or among stray bytes: `0xFF` with something behind it that is no zero, no
   * restart and no other `0xFF`.
   */
  async function marker(from, scope, breaks) {
    for (let at = from; at + 1 < fileBytes; ) {
      if (breaks.isDue) await breaks.take(scope);
      if (at + 1 >= end()) await load(at, at + 2);
      scope.check();
      let found = bytes.indexOf(0xff, at - start);
      while (found >= 0 && found + 1 < bytes.length) {
        const behind = bytes[found + 1];
        if (behind !== 0 && behind !== 0xff && (behind & 0xf8) !== 0xd0) return start + found;
        // Of bytes that are all 0xFF each is looked at here: a search for the next one costs more than that.
        found = behind === 0xff ? found + 1 : bytes.indexOf(0xff, found + 1);
      }
      // The last byte of a piece may be the first one of a marker.
      at = start + (found < 0 ? bytes.length : found);
    }
    return fileBytes;
  }

  /** Nothing more is read. */
  function close() {
    held.delete(reader);
    reader?.cancel().catch(() => {});
    reader = undefined;
  }

  return { read, marker, close };
}
