// A file's bytes for whoever goes through it from front to back. Each read of a slice costs a browser two milliseconds, however small it is (8 s for
// a PNG of 30 MB with chunks of 8 kB); a stream costs little more than the bytes themselves. So what is looked at all over is streamed, in
// pieces of some hundred kilobytes, and where megabytes are skipped a slice is read behind them.

import { bytesOf, sliceOf, unreadableNow } from "./file.js";

/** Skipping so much costs about as much as reading it. */
const SKIP_BYTES = 2_000_000;
/** What is read behind a skip. */
const SLICE_BYTES = 131_072;

export class FileBytes {
  #file;
  #place;
  #start = 0;
  #bytes;
  /** Brings what follows `#bytes`. */
  #reader;

  /** `file.head` is there already. */
  constructor(file, place) {
    this.#file = file;
    this.#place = place;
    this.#bytes = file.head;
  }

  get #end() {
    return this.#start + this.#bytes.length;
  }

  /** So many bytes from `at` on, fewer only at the file's end: at once where they are at hand, else as a promise. */
  read(at, bytes) {
    const end = Math.min(at + bytes, this.#file.bytes);
    const piece = () => this.#bytes.subarray(at - this.#start, end - this.#start);
    return at >= this.#start && end <= this.#end ? piece() : this.#load(at, end).then(piece);
  }

  /** Where the next marker of a JPEG's scan is: `0xFF` with something behind it that is no zero, no restart and no other `0xFF`. */
  async marker(from, scope) {
    for (let at = from; at + 1 < this.#file.bytes; ) {
      if (at < this.#start || at + 1 >= this.#end) await this.#load(at, at + 2);
      scope.check();
      const bytes = this.#bytes;
      let found = bytes.indexOf(0xff, at - this.#start);
      while (found >= 0 && found + 1 < bytes.length) {
        const behind = bytes[found + 1];
        if (behind !== 0 && behind !== 0xff && (behind & 0xf8) !== 0xd0) return this.#start + found;
        found = bytes.indexOf(0xff, found + 1);
      }
      // The last byte of a piece may be the first one of a marker.
      at = this.#start + (found < 0 ? bytes.length : found);
    }
    return this.#file.bytes;
  }

  /** Nothing more is read. */
  close() {
    this.#reader?.cancel().catch(() => {});
    this.#reader = undefined;
  }

  async #load(at, end) {
    if (at < this.#start || at - this.#end > SKIP_BYTES) {
      this.close();
      this.#bytes = await bytesOf(this.#file, at, Math.min(Math.max(end, at + SLICE_BYTES), this.#file.bytes), this.#place);
      this.#start = at;
    }
    while (this.#end < end) await this.#readOn(at);
  }

  /** The next piece, behind what is there already from `at` on. */
  async #readOn(at) {
    this.#reader ??= sliceOf(this.#file.blob, this.#end, this.#file.bytes).stream().getReader();
    const { value } = await this.#reader.read().catch(() => ({}));
    // It also ends before its time where a file was cut short.
    if (value === undefined) throw unreadableNow(this.#place);
    const kept = this.#bytes.subarray(Math.min(Math.max(at - this.#start, 0), this.#bytes.length));
    this.#start = this.#end - kept.length;
    this.#bytes = value;
    if (kept.length > 0) {
      this.#bytes = new Uint8Array(kept.length + value.length);
      this.#bytes.set(kept);
      this.#bytes.set(value, kept.length);
    }
  }
}
