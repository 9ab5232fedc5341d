// A file's bytes, read piece by piece. Who reads on where the last piece ended gets larger ones: each read of a slice costs a browser two
// milliseconds, however small it is (8 s for a PNG of 30 MB with chunks of 8 kB). Who skips most of the file reads no more than is looked at.

import { bytesOf } from "./file.js";

/** A piece holds whatever is asked for at once. */
const FIRST_BYTES = 131_072;
const MAX_BYTES = 4_194_304;
const GROWTH = 8;

export class Windows {
  #file;
  #place;
  #start = 0;
  #bytes;
  #length = FIRST_BYTES;
  /** The piece that is most likely asked for next, while the last one is looked at. */
  #next;
  /** `file.head` is there already. */
  constructor(file, place) {
    this.#file = file;
    this.#place = place;
    this.#bytes = file.head;
  }

  get #end() {
    return this.#start + this.#bytes.length;
  }

  #read(at) {
    const end = Math.min(at + this.#length, this.#file.bytes);
    const reading = bytesOf(this.#file, at, end, this.#place);
    // It may be that nobody asks for it any more.
    reading.catch(() => {});
    return { at, reading };
  }

  async #load(at, readsAhead) {
    const skips = at - this.#end > this.#length;
    this.#length = skips ? FIRST_BYTES : Math.min(this.#length * GROWTH, MAX_BYTES);
    const { reading } = this.#next?.at === at ? this.#next : this.#read(at);
    this.#bytes = await reading;
    this.#start = at;
    this.#next = readsAhead && this.#end < this.#file.bytes ? this.#read(this.#end) : undefined;
  }

  /** So many bytes from `at` on, fewer only at the file's end: at once where they are at hand, else as a promise. */
  read(at, bytes) {
    const end = Math.min(at + bytes, this.#file.bytes);
    const piece = () => this.#bytes.subarray(at - this.#start, end - this.#start);
    return at >= this.#start && end <= this.#end ? piece() : this.#load(at).then(piece);
  }

  /** Where the next marker of a JPEG's scan is: `0xFF` with something behind it that is no zero, no restart and no other `0xFF`. */
  async marker(from, scope) {
    for (let at = from; at + 1 < this.#file.bytes; ) {
      if (at < this.#start || at + 1 >= this.#end) await this.#load(at, true);
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
}
