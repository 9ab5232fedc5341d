// How long the generations of each model took, as far as this store has seen: looks are placed by it, and progress is
// told.

import { fingerprint } from "#client-glue";
import { jsonOf } from "../js/json.js";

/** The rules look at no more. */
const KEPT = 20;

export class Durations {
  #store;
  #prefix;

  /** Of one base URL: an emulator is quicker than the API. */
  constructor(store, { href }) {
    this.#store = store;
    this.#prefix = `rivya-wasm/durations/${fingerprint(href)}/`;
  }

  /** In milliseconds, latest last. A store's text is a stranger's: what is no list of numbers counts as none. */
  async of(model) {
    try {
      const seen = JSON.parse((await this.#store?.get(this.#prefix + model)) ?? "[]");
      return Array.isArray(seen) ? seen.filter((durationMs) => typeof durationMs === "number").slice(-KEPT) : [];
    } catch {
      return [];
    }
  }

  async note(model, durationMs) {
    if (this.#store !== null)
      await this.#store.set(
        this.#prefix + model,
        jsonOf([...(await this.of(model)), Math.round(durationMs)].slice(-KEPT)),
      );
  }
}
