// The turns of the event loop.

import { given } from "../js/data.js";

/**
 * One turn of it, in which timers fire and signals are heard. Not by a timer where there is anything else: browsers
 * stretch timers to a second in hidden tabs.
 *
 * @returns {Promise<void>}
 */
export const eventLoopTurn = () =>
  new Promise((resolve) => {
    const immediate = given(globalThis, "setImmediate");
    if (typeof immediate === "function") return void immediate(resolve);
    if (typeof given(globalThis, "MessageChannel") !== "function") return void setTimeout(resolve, 0);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    return port2.postMessage(null);
  });
