// `for await` over the states of a generation. A loop that never begins costs nothing; leaving it, or aborting, ends
// the polls at once.

import { call, cancel, hear } from "./call.js";
import { attempt, guard } from "../js/crash.js";

/** @typedef {import("#client-glue").Watching} Watching */
/**
 * Reads the arguments, with the first `next`; `start()` begins in the module.
 *
 * @typedef {() => [signal: AbortSignal | undefined, start: () => Watching]} Begin
 */

/**
 * @param {Begin} begin
 * @param {import("../js/secrets.js").Secrets} secrets
 */
export function watchStates(begin, secrets) {
  /** @type {AbortSignal | undefined} */
  let signal;
  /** @type {Watching | null} */
  let watching = null;
  let hasBegun = false;
  let isOver = false;
  let unhear = () => {};
  /** Ends the `next` that is under way. */
  let leave = () => {};
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();

  const stop = () => {
    unhear();
    const left = watching;
    watching = null;
    // What trapped holds its memory still, and would not let go.
    attempt(() => left?.free());
  };
  const over = (/** @type {unknown} */ value) => {
    isOver = true;
    stop();
    return { done: true, value };
  };

  const begun = () => {
    if (hasBegun) return;
    const [heard, start] = begin();
    [signal, watching, hasBegun] = [heard, guard(start), true];
    // Between two states, too.
    if (signal !== undefined) unhear = hear(signal, stop);
  };

  /** @type {import("./call.js").Start} */
  const next = (resolve, reject) => {
    // It has ended with the state before.
    if (watching === null) return resolve(over(undefined));
    const number = watching.next((state) => {
      if (state === undefined) return resolve(over(undefined));
      if (watching?.isOver) stop();
      return resolve({ done: false, value: state });
    }, reject);
    leave = () => {
      cancel(number);
      resolve(over(undefined));
    };
    return number;
  };

  const step = () => {
    if (isOver) return over(undefined);
    const beginning = () => {
      begun();
      return /** @type {import("./call.js").Begun} */ ([signal, next]);
    };
    return call(beginning, { isSubmission: false, secrets }).catch((error) => {
      over(undefined);
      throw error;
    });
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // One after the other, as an async generator has it.
    next: () => (last = last.then(step, step)),
    return(/** @type {unknown} */ value) {
      isOver = true;
      leave();
      stop();
      return last.catch(() => {}).then(() => over(value));
    },
  };
}
