// A file that was uploaded need not be uploaded again: files are known by identity, for an hour from their upload's
// end.

import { mayBeReused } from "#client-glue";
import { ENDED, Scope } from "../js/scope.js";
import { moment } from "../js/timer.js";

export class Reuse {
  #shares;
  /** Blob → what it was uploaded as → `{ value, at }`, or an upload under way. */
  #seen = new WeakMap();

  /** On Workers calls must not wait for each other: there only finished uploads are shared. */
  constructor({ workerd }) {
    this.#shares = !workerd;
  }

  /**
   * What `upload(scope, tell)` answers for a Blob, or has answered before for the same Blob and `what`. `tell` hears of
   * its steps; the upload is given up when all who wait for it have gone. An answer with `once: true` is used once.
   */
  async during(blob, what, scope, tell, upload) {
    scope.check();
    if (!this.#seen.has(blob)) this.#seen.set(blob, new Map());
    const entries = this.#seen.get(blob);
    const kept = entries.get(what);
    if (kept?.at !== undefined && mayBeReused(...kept.at, ...moment())) return kept.value;
    if (!this.#shares) return this.#keep(entries, what, await upload(scope, tell));
    const running = kept?.listeners === undefined ? this.#begin(entries, what, upload) : kept;
    running.listeners.add(tell);
    return new Promise((resolve, reject) => {
      const leave = () => {
        running.listeners.delete(tell);
        if (running.listeners.size > 0) return;
        if (entries.get(what) === running) entries.delete(what);
        running.scope.end();
      };
      const release = scope.add(() => {
        leave();
        reject(ENDED);
      });
      const settle = (how) => (value) => {
        release();
        leave();
        how(value);
      };
      running.ended.then(settle(resolve), settle(reject));
    });
  }

  #begin(entries, what, upload) {
    const running = { __proto__: null, listeners: new Set(), scope: new Scope() };
    running.ended = upload(running.scope, (...step) => running.listeners.forEach((tell) => tell(...step))).then(
      (value) => this.#keep(entries, what, value),
    );
    entries.set(what, running);
    return running;
  }

  #keep(entries, what, value) {
    if (value.once) entries.delete(what);
    else entries.set(what, { __proto__: null, value, at: moment() });
    return value;
  }
}
