// A result's bytes, from the request to the last one. It goes into Blobs as it comes, which browsers keep outside of a
// page's memory.

import { giveUp, readerOf, readPieces } from "./body.js";
import { given } from "./data.js";
import { answerOf, headOf, headersOf, readWhole, within } from "./exchange.js";
import { isBlob } from "./platform.js";
import { ENDED } from "./scope.js";

/** So many bytes are gathered before they become a Blob: each costs a browser as much as a small file does. */
const PART_BYTES = 4_194_304;

/**
 * Asks for `url` and receives what comes: `{ status, retryAfter, blob }`; `{ …, flaw }` where it is no
 * result; `{ …, location }` of a redirect that was not to be followed; `{ …, json }` of a refusal that is read; `{
 * failure }` or `{ timedOut }`. `how`:
 * - `stallMs` without a byte end it;
 * - `flawOf(received, head)` is asked whether it is a result: when the answer is there, when its first `headBytes`
 *   bytes are, when all are, and when there are more than `maxBytes`; a word from it ends the reading, and is the
 *   answer's `flaw`;
 * - `readsRefusal`: the answer comes from the proxy, whose refusals have words; any other host's body is not read then;
 * - `onBytes(loaded, total)` is told of each piece, total NaN where it is unknown.
 */
export function receive(fetcher, url, init, asked, scope) {
  const how = { __proto__: null, ...asked };
  const { stallMs, readsRefusal = false, onBytes = () => {} } = how;
  return within(stallMs, scope, async (signal, moved) => {
    const response = await fetcher(url, { __proto__: null, method: "GET", body: null, ...init, signal });
    // It may have ended between the answer and this turn, or long before where the fetch heeds no signal.
    if (signal.aborted) {
      giveUp(response);
      throw ENDED;
    }
    const head = headOf(response);
    const header = headerOf(response);
    if (head.status >= 400 && readsRefusal) return answerOf(response, signal);
    if (head.status < 200 || head.status > 299) {
      giveUp(response);
      return { __proto__: null, ...head, location: header("location") || undefined };
    }
    moved();
    const onPiece = (loaded, total) => {
      moved();
      onBytes(loaded, total);
    };
    const received = await bodyOf(response, head.status, header, signal, { __proto__: null, ...how, onPiece });
    return { __proto__: null, ...head, ...received };
  });
}

const headerOf = (response) => (name) => headersOf(response)?.get?.(name) ?? "";

/** `{ blob }`, or `{ flaw, maxBytes }`. */
async function bodyOf(
  response,
  status,
  header,
  signal,
  { flawOf = () => undefined, headBytes = 0, maxBytes = Infinity, onPiece },
) {
  const facts = {
    __proto__: null,
    status,
    type: header("content-type"),
    length: header("content-length"),
    isEncoded: header("content-encoding") !== "",
    // A page can't read `Content-Encoding` of another origin's answer.
    hidesHeaders: given(response, "type") === "cors",
    maxBytes,
  };
  const judge = (bytes, first, isWhole) => {
    const flaw = flawOf({ __proto__: null, ...facts, bytes, isWhole }, first);
    return flaw === undefined ? undefined : { __proto__: null, flaw, maxBytes };
  };
  const early = judge(0, new Uint8Array(), false);
  if (early !== undefined) {
    giveUp(response);
    return early;
  }
  const reader = readerOf(response);
  if (!reader) {
    const blob = asBlob(await readWhole(response, "blob"));
    const first = new Uint8Array(await blob.slice(0, headBytes).arrayBuffer());
    return judge(blob.size, first, true) ?? { __proto__: null, blob };
  }
  // The length of a compressed body is not that of the bytes which arrive.
  const total = facts.isEncoded ? NaN : parseInt(facts.length, 10);
  const gathered = new Gathered(headBytes);
  let found;
  onPiece(0, total);
  await readPieces(reader, signal, (piece) => {
    const knewFirst = gathered.knowsFirst;
    gathered.add(piece);
    const mustAsk = gathered.bytes > maxBytes || gathered.knowsFirst !== knewFirst;
    if (mustAsk) found = judge(gathered.bytes, gathered.first, false);
    if (found !== undefined) return false;
    onPiece(gathered.bytes, total);
    return true;
  });
  return found ?? judge(gathered.bytes, gathered.first, true) ?? { __proto__: null, blob: gathered.blob(facts.type) };
}

/** Pieces on their way into a Blob, and the first bytes of them. */
class Gathered {
  bytes = 0;
  #first;
  #firstBytes = 0;
  #parts = [];
  #pieces = [];
  #pieceBytes = 0;

  constructor(firstBytes) {
    this.#first = new Uint8Array(firstBytes);
  }

  add(piece) {
    this.#addFirst(piece);
    this.bytes += piece.byteLength;
    this.#pieces.push(piece);
    this.#pieceBytes += piece.byteLength;
    if (this.#pieceBytes < PART_BYTES) return;
    this.#parts.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#pieceBytes = 0;
  }

  #addFirst({ buffer, byteOffset, byteLength }) {
    const bytes = Math.min(byteLength, this.#first.length - this.#firstBytes);
    this.#first.set(new Uint8Array(buffer, byteOffset, bytes), this.#firstBytes);
    this.#firstBytes += bytes;
  }

  /** Whether as many of the first bytes are there as were asked for. */
  get knowsFirst() {
    return this.#firstBytes === this.#first.length;
  }

  get first() {
    return this.#first.subarray(0, this.#firstBytes);
  }

  blob(type) {
    return new Blob([...this.#parts, ...this.#pieces], { __proto__: null, type });
  }
}

/** What a `blob:` URL names. It lives in this page alone, so the platform's fetch reads it. */
export const readBlobUrl = (url, stallMs, scope) =>
  receive((address, init) => fetch(address, init), url, {}, { stallMs }, scope);

function asBlob(value) {
  if (!isBlob(value)) throw new TypeError("the fetch answered with a body that is no Blob");
  return value;
}
