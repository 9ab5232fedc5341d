// The pump of the module's executor. What traps in it ends every call in flight: their promises would never settle.
// Rust imports this file by itself, so it imports nothing but what Rust imports, too.

import { crashError, crashed } from "../js/crash.js";

/**
 * Calls `poll(queue)` in a microtask of its own. After a crash the module is asked nothing more.
 *
 * @param {number} queue
 * @param {(queue: number) => void} poll
 */
export function pumpSoon(queue, poll) {
  queueMicrotask(() => {
    if (crashError(false) !== null) return;
    try {
      poll(queue);
    } catch (error) {
      // No task of the module throws: whatever came has ended it in the middle of what it did.
      crashed(String(/** @type {Error} */ (error)?.message ?? error));
    }
  });
}
