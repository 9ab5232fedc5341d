// A call from its arguments to its end: its result, its caller's signal, or a bug in the module, which ends all of
// them.

import { crashError, running, surfaced } from "./crash.js";
import { abortReason, isAborted, isWorkerd, listen, unlisten } from "./platform.js";
import { Scope } from "./scope.js";
import { NO_SECRETS } from "./secrets.js";

/**
 * Runs a call. `begin` reads its arguments, all of them at once, and answers `[signal, work]`; what it throws is the
 * call's rejection. `work` is given the scope that ends with the call. `isSubmission`: what was sent when the module
 * crashed may have been charged. Errors hold none of the client's `secrets`, whatever a server has echoed; what a
 * caller's signal gives as its reason is the caller's own.
 */
export function run(begin, isSubmission = false, secrets = NO_SECRETS) {
  return new Promise((resolve, reject) => {
    const before = crashError(false);
    if (before !== null) return reject(before);
    const scope = new Scope();
    let unhear = () => {};
    const settle = (how, value) => {
      running.delete(onCrash);
      unhear();
      how(value);
      return scope.end();
    };
    // The caller is answered first, then it is noted: a result that was noted but never handed over would be lost. But
    // a Worker may be stopped as soon as its answer has left: there what is noted is written first, and who aborts
    // meanwhile finds the result by its key.
    const handOver = async (how, value) => {
      if (isWorkerd()) await noted(scope.notes());
      await noted(settle(how, value));
    };
    const onCrash = () => settle(reject, crashError(isSubmission));
    const fail = (error) => {
      surfaced(error);
      void handOver(reject, secrets.cutFromError(error));
    };
    running.add(onCrash);
    try {
      const [signal, work] = begin();
      if (signal !== undefined) {
        if (isAborted(signal)) return settle(reject, abortReason(signal));
        unhear = hear(signal, () => settle(reject, abortReason(signal)));
      }
      work(scope).then((value) => handOver(resolve, value), fail);
    } catch (error) {
      fail(error);
    }
  });
}

const noted = (notes) => Promise.all(notes.map((note) => note().catch(surfaced)));

const heard = new WeakMap();

/**
 * Calls `end` when a caller's signal fires; answers the function that takes this back. One listener for each signal,
 * however many calls share it. `AbortSignal.any` is not used: on a long-lived signal its dependents pile up unseen.
 */
export function hear(signal, end) {
  let hearing = heard.get(signal);
  if (hearing === undefined) {
    const ends = new Set();
    hearing = { ends, onAbort: () => [...ends].forEach((each) => each()) };
    heard.set(signal, hearing);
    listen(signal, hearing.onAbort);
  }
  hearing.ends.add(end);
  return () => {
    if (!hearing.ends.delete(end) || hearing.ends.size > 0) return;
    heard.delete(signal);
    unlisten(signal, hearing.onAbort);
  };
}
