// Which port a server takes where nobody names one.

import { codeOf } from "./system.js";

/** The emulator's usual port and those after it. */
export const USUAL_PORTS = Array.from({ length: 20 }, (_, index) => 8787 + index);

/**
 * What `start(port)` answers for the first port that is free; null where none is. It rejects with `EADDRINUSE` for one
 * that is taken.
 *
 * @template T
 * @param {readonly number[]} ports
 * @param {(port: number) => Promise<T>} start
 */
export async function firstFree(ports, start) {
  for (const port of ports) {
    try {
      return await start(port);
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE") throw error;
    }
  }
  return null;
}
