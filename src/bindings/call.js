// A call from its arguments to its end: its result, its caller's signal, or a bug in the module, which ends all of
// them. Promises are made here, where their rejections are kept: one that Rust made would never settle after a trap.

import { cancelCall } from "#client-glue";
import { crashError, running, surfaced } from "../js/crash.js";
import { abortReason, isAborted, listen, unlisten } from "../js/signals.js";

/** @typedef {(value?: any) => void} Settle */
/**
 * Begins a call in the module, and answers the number by which it is cancelled; none where it has ended already.
 *
 * @typedef {(resolve: Settle, reject: Settle) => number | void} Start
 */
/** @typedef {[signal: AbortSignal | undefined, start: Start]} Begun */
/** @typedef {import("../js/secrets.js").Secrets} Secrets */

/**
 * Runs a call. `begin` reads its arguments, all of them at once; what it throws is the call's rejection, and holds none
 * of the client's `secrets`. What a caller's signal gives as its reason is the caller's own.
 *
 * @param {() => Begun} begin
 * @param {boolean} isSubmission What was sent when the module crashed may have been charged.
 * @param {Secrets} secrets
 * @returns {Promise<any>}
 */
export function call(begin, isSubmission, secrets) {
  return new Promise((resolve, reject) => {
    const before = crashError(false);
    if (before !== null) return reject(before);
    let unhear = () => {};
    /** @type {(settle: Settle) => Settle} */
    const settling = (settle) => (value) => {
      running.delete(onCrash);
      unhear();
      settle(value);
    };
    const fail = settling(reject);
    const onCrash = () => fail(crashError(isSubmission));
    running.add(onCrash);
    try {
      const [signal, start] = begin();
      if (signal === undefined) return void start(settling(resolve), fail);
      if (isAborted(signal)) return fail(abortReason(signal));
      /** @type {number | void} */
      let number;
      unhear = hear(signal, () => {
        fail(abortReason(signal));
        cancel(number);
      });
      number = start(settling(resolve), fail);
    } catch (error) {
      surfaced(error);
      fail(crashError(isSubmission) ?? secrets.cutFromError(error));
    }
  });
}

/**
 * Drops what a call has under way.
 *
 * @param {number | void} number
 */
export function cancel(number) {
  if (number === undefined || crashError(false) !== null) return;
  try {
    cancelCall(number);
  } catch (error) {
    surfaced(error);
  }
}

/** @typedef {{ ends: Set<() => void>, onAbort: () => void }} Hearing */

/** @type {WeakMap<AbortSignal, Hearing>} */
const heard = new WeakMap();

/**
 * Calls `end` when a caller's signal fires; answers the function that takes this back. One listener for each signal,
 * however many calls share it. `AbortSignal.any` is not used: on a long-lived signal its dependents pile up unseen.
 *
 * @param {AbortSignal} signal
 * @param {() => void} end
 */
export function hear(signal, end) {
  const hearing = heard.get(signal) ?? begunHearing(signal);
  hearing.ends.add(end);
  return () => {
    if (!hearing.ends.delete(end) || hearing.ends.size > 0) return;
    heard.delete(signal);
    unlisten(signal, hearing.onAbort);
  };
}

/** @param {AbortSignal} signal */
function begunHearing(signal) {
  /** @type {Set<() => void>} */
  const ends = new Set();
  const hearing = { ends, onAbort: () => [...ends].forEach((each) => each()) };
  heard.set(signal, hearing);
  listen(signal, hearing.onAbort);
  return hearing;
}
