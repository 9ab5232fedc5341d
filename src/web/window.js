// The part of a file that lies in memory, which moves from the file's front to its end. Each read of a slice costs a
// browser two milliseconds, however small it is (8 s for a PNG of 30 MB with chunks of 8 kB); a stream costs little
// more than the bytes themselves, and half of it where all are read into the same memory. So what is looked at all over
// is streamed, and where megabytes are skipped before that, a slice is read behind them.

import { bytesOf, sizeOf } from "./blob.js";

/** Skipping so much costs about as much as reading it. */
const SKIP_BYTES = 2_000_000;
/** What is read behind a skip. */
const SLICE_BYTES = 131_072;
/** What is read at once: little enough to be in the processor's caches still when it is looked at. */
const PIECE_BYTES = 524_288;

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {ReadableStreamReadResult<Bytes>} Read */
/** @typedef {{ read(room: Bytes): Promise<Read>, cancel(): Promise<void> }} Reader May read into the memory given. */

/**
 * The readers that are open. Chromium collects a stream together with the function that waits for its next piece,
 * unless something else holds it: of files of 30 MB, one in some 1,500 was never read to its end.
 *
 * @type {Set<Reader>}
 */
const held = new Set();

/**
 * Safari before 26 has no files that are read into memory of ours.
 *
 * @type {(stream: ReadableStream<Bytes>) => Reader}
 */
function readerOf(stream) {
  try {
    return stream.getReader(/** @type {{ mode: "byob" }} */ ({ __proto__: null, mode: "byob" }));
  } catch {
    return stream.getReader();
  }
}

const unreadable = () => new Error("the file has changed or gone");

export class FileWindow {
  /** Where `bytes` begins in the file. */
  start = 0;
  bytes = new Uint8Array();
  isClosed = false;
  /** When a search in it has last let everything else have its turn. */
  turnedAtMs = performance.now();
  fileBytes;
  #blob;
  /** Brings what follows `bytes`. @type {Reader | undefined} */
  #reader;
  /** What the next piece is read into. */
  #room = new ArrayBuffer(0);

  /** @param {Blob} blob */
  constructor(blob) {
    this.#blob = blob;
    this.fileBytes = sizeOf(blob);
  }

  get end() {
    return this.start + this.bytes.length;
  }

  /**
   * Moves to what lies from `at` up to `until`; rejects where that can't be read.
   *
   * @type {(at: number, until: number) => Promise<void>}
   */
  async move(at, until) {
    // A stream that is open is read on: it was begun where the file has small parts, and there may be more of them.
    if (this.#reader === undefined && at - this.end > SKIP_BYTES) {
      const bytes = await bytesOf(this.#blob, at, Math.min(Math.max(until, at + SLICE_BYTES), this.fileBytes));
      if (bytes === undefined) throw unreadable();
      [this.start, this.bytes] = [at, bytes];
    }
    while (this.end < until) await this.#readOn(at);
  }

  /** The next piece, behind what is there already from `at` on. @param {number} at */
  async #readOn(at) {
    if (this.isClosed) throw unreadable();
    if (this.#reader === undefined) {
      // From its front on: of each slice of a file that lies in memory, Chromium makes a copy, and soon has no room for
      // more.
      this.#reader = readerOf(Blob.prototype.stream.call(this.#blob));
      held.add(this.#reader);
      [this.start, this.bytes] = [0, new Uint8Array()];
    }
    const kept = this.bytes.slice(Math.max(at - this.start, 0));
    this.start = this.end - kept.length;
    if (this.#room.byteLength <= kept.length * 2) this.#room = new ArrayBuffer(kept.length + PIECE_BYTES);
    const { done, value } = await this.#reader.read(new Uint8Array(this.#room, kept.length));
    const both = kept.length + (value?.length ?? 0);
    // It also ends before its time where a file was cut short. Firefox goes on where more was written to it.
    if (done || this.start + both > this.fileBytes) throw unreadable();
    this.bytes = value;
    if (this.#room.byteLength === 0) {
      // It was handed over, and comes back as what the piece lies in.
      this.#room = value.buffer;
      this.bytes = new Uint8Array(this.#room, 0, both);
    } else if (kept.length > 0) {
      this.bytes = new Uint8Array(both);
      this.bytes.set(value, kept.length);
    }
    this.bytes.set(kept);
  }

  /** Nothing more is read. */
  close() {
    this.isClosed = true;
    if (this.#reader === undefined) return;
    held.delete(this.#reader);
    this.#reader.cancel().catch(() => {});
  }
}

/** @param {Blob} blob */
export const openWindow = (blob) => new FileWindow(blob);
