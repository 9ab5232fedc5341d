// A call from its arguments to its end: its result, its caller's signal, or a bug in the module, which ends all of
// them. Promises are made here, where their rejections are kept: one that Rust made would never settle after a trap.

import { cancelCall } from "#client-glue";
import { attempt, crashError, running, surfaced } from "../js/crash.js";
import { abortReason, isAborted, listen, unlisten } from "../js/signals.js";

/** @typedef {(value?: any) => void} Settle */
/**
 * Begins a call in the module, and answers the number by which it is cancelled; none where it has ended already.
 *
 * @typedef {(resolve: Settle, reject: Settle) => number | void} Start
 */
/** @typedef {[signal: AbortSignal | undefined, start: Start]} Begun */
/**
 * What a call is besides its arguments.
 *
 * @typedef {object} Kind
 * @property {boolean} isSubmission What was sent when the module crashed may have been charged.
 * @property {import("../js/secrets.js").Secrets} secrets None of the client's stands in a rejection.
 */

/**
 * Runs a call. `begin` reads its arguments, all of them at once; what it throws is the call's rejection, whatever that
 * is. What a caller's signal gives as its reason is the caller's own.
 *
 * @param {() => Begun} begin
 * @param {Kind} kind
 * @returns {Promise<any>}
 */
export function call(begin, { isSubmission, secrets }) {
  return new Promise((resolve, reject) => {
    const before = crashError(false);
    if (before !== null) return reject(before);
    let isOver = false;
    let unhear = () => {};
    /** @type {(settle: Settle) => Settle} */
    const settling = (settle) => (value) => {
      isOver = true;
      running.delete(onCrash);
      unhear();
      settle(value);
    };
    const fail = settling(reject);
    const onCrash = () => fail(crashError(isSubmission));
    /** @type {number | void} */
    let number;
    /** @type {Start} */
    let start;
    running.add(onCrash);
    try {
      const [signal, starting] = begin();
      start = starting;
      if (signal !== undefined) {
        const leave = () => {
          fail(abortReason(signal));
          cancel(number);
        };
        if (isAborted(signal)) return leave();
        unhear = hear(signal, leave);
      }
    } catch (error) {
      return fail(secrets.cutFromError(error));
    }
    // A signal of another kind than the platform's may have fired while it was asked.
    if (isOver) return unhear();
    try {
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
  if (number !== undefined) attempt(() => cancelCall(number));
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
  const hearing = heard.get(signal) ?? begunHearing(signal, end);
  hearing.ends.add(end);
  return () => {
    if (!hearing.ends.delete(end) || hearing.ends.size > 0) return;
    heard.delete(signal);
    unlisten(signal, hearing.onAbort);
  };
}

/**
 * @param {AbortSignal} signal
 * @param {() => void} end It may be called before this returns.
 */
function begunHearing(signal, end) {
  const ends = new Set([end]);
  const hearing = { ends, onAbort: () => [...ends].forEach((each) => each()) };
  // One that can't be listened to throws, and is asked again by the next call.
  listen(signal, hearing.onAbort);
  heard.set(signal, hearing);
  return hearing;
}
