// What is looked for in the part of a file that lies in memory.

import { eventLoopTurn } from "./turn.js";

/** @typedef {import("./window.js").FileWindow} FileWindow */

/** How long a search may hold up everything else on its thread: a frame of a page. */
const WORK_MS = 16;

/** @type {(file: FileWindow, at: number, wantedBytes: number) => number} */
const untilOf = (file, at, wantedBytes) => Math.min(at + wantedBytes, file.fileBytes);

/**
 * Copies bytes from `at` on, as many as there is room for, fewer only at the file's end. Gives how many; -1 where they
 * are not at hand.
 *
 * @type {(file: FileWindow, at: number, room: Uint8Array) => number}
 */
export function copyInto(file, at, room) {
  const until = untilOf(file, at, room.length);
  if (until > file.end) return -1;
  room.set(file.bytes.subarray(at - file.start, until - file.start));
  return Math.max(until - at, 0);
}

/**
 * Whether so many bytes from `at` on could be brought at hand.
 *
 * @type {(file: FileWindow, at: number, wantedBytes: number) => Promise<boolean>}
 */
export async function load(file, at, wantedBytes) {
  try {
    await file.move(at, untilOf(file, at, wantedBytes));
    return true;
  } catch {
    return false;
  }
}

/**
 * Where a JPEG's next marker is, the file's length where there is none; undefined where it can't be read on.
 *
 * @type {(file: FileWindow, from: number) => Promise<number | undefined>}
 */
export const nextMarker = (file, from) => find(file, from).catch(() => undefined);

/** @type {(file: FileWindow, from: number) => Promise<number | undefined>} */
async function find(file, from) {
  for (let at = from; at + 1 < file.fileBytes; ) {
    if (performance.now() - file.turnedAtMs >= WORK_MS) {
      await eventLoopTurn();
      file.turnedAtMs = performance.now();
    }
    if (at + 1 >= file.end) await file.move(at, at + 2);
    if (file.isClosed) return undefined;
    const { start, bytes } = file;
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
  return file.fileBytes;
}
