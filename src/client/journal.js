// Submissions that are not delivered yet: written before they are sent, with the exact bytes, so that a closed tab or a lost answer costs nothing.

import { fingerprint, isOver, lifetimeMs } from "#client-glue";
import { checked } from "../js/arguments.js";
import { locksHeld } from "../js/lock.js";
import { storeOf } from "../js/store.js";
import { warnOnce } from "../js/warn.js";

/** The form of an entry; another version's entries are left alone. */
const VERSION = 1;
const ENTRY = "version:n! key:i! model:s! prompt:s startedMs:n! digest:s! body:s! id:s state:unsubmitted|running|succeeded|lost! deliveredMs:n";

/** Whether two requests are the same, before anything of them is uploaded: files are known by size, type and name. */
export const digestOf = ({ model, prompt, params, client_request_id, references }) =>
  fingerprint(
    JSON.stringify([model, prompt, params, client_request_id, references.map(({ blob, head, ...reference }) => reference)]),
  );

export class Journal {
  #store;
  #prefix;
  /** Keys that calls of this client are at now. */
  #active = new Map();

  /** Entries belong to a base URL and an account: what another one's client wrote is not seen. */
  constructor({ store, href, account }) {
    this.#store = storeOf(store);
    this.#prefix = `rivya-wasm/${fingerprint(JSON.stringify([href, account ?? null]))}/`;
  }

  /** What a submission's lock is called, in all pages. */
  lockOf(key) {
    return `${this.#prefix}${key}`;
  }

  /** The entry of a key; null where there is none, or none that can be read. */
  async find(key) {
    const text = await this.#store?.get(this.lockOf(key));
    const entry = typeof text === "string" ? parse(text) : null;
    return entry?.key === key ? entry : null;
  }

  /** Writes the entry of a submission that is about to be sent. */
  async begin({ key }, { model, prompt }, digest, body) {
    const entry = { version: VERSION, key, model, prompt, startedMs: Date.now(), digest, body, id: undefined, state: "unsubmitted" };
    await this.#write(entry);
    return entry;
  }

  /** Changes an entry that is still there: one that was forgotten meanwhile stays so. */
  async change(entry, changes) {
    Object.assign(entry, changes);
    if (this.#store !== null && (await this.#store.get(this.lockOf(entry.key))) !== null) await this.#write(entry);
  }

  async remove({ key }) {
    await this.#store?.delete(this.lockOf(key));
  }

  async #write(entry) {
    await this.#store?.set(this.lockOf(entry.key), JSON.stringify(entry));
  }

  /** All entries, oldest first. Those that have done their service go. */
  async list() {
    const keys = (await this.#store?.keys(this.#prefix)) ?? [];
    const found = await Promise.all(keys.map((key) => this.find(key.slice(this.#prefix.length))));
    const entries = found.filter((entry) => entry !== null);
    const [over, kept] = [true, false].map((wanted) => entries.filter(({ deliveredMs }) => isOver(deliveredMs, Date.now()) === wanted));
    await Promise.all(over.map((entry) => this.remove(entry)));
    return kept.sort((a, b) => a.startedMs - b.startedMs);
  }

  /** A generation has ended, or is unknown, and whoever waited for it by its id was told: so are its entries. */
  async told(id, changes) {
    for (const entry of await this.list()) {
      if (entry.id !== id) continue;
      if (changes === null) await this.remove(entry);
      else await this.change(entry, changes);
    }
  }

  /** Marks a key as being at work while `work` runs. */
  async during({ key }, work) {
    this.#active.set(key, (this.#active.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = this.#active.get(key) - 1;
      if (left > 0) this.#active.set(key, left);
      else this.#active.delete(key);
    }
  }

  /** `PendingGeneration[]`, as the declarations have it. */
  async pending() {
    const locks = new Set(await locksHeld());
    const undelivered = (await this.list()).filter(({ deliveredMs }) => deliveredMs === undefined);
    return undelivered.map(({ key, id, model, prompt, startedMs, state }) => ({
      idempotencyKey: key,
      generationId: id ?? null,
      model,
      ...(prompt === undefined ? {} : { prompt }),
      startedAt: new Date(startedMs).toISOString(),
      state,
      active: this.#active.has(key) || locks.has(this.lockOf(key)),
      safeUntil: new Date(startedMs + lifetimeMs()).toISOString(),
    }));
  }
}

/** A store's text is a stranger's: what is no entry of ours is left where it is, and never sent. */
function parse(text) {
  try {
    const entry = checked(JSON.parse(text), "entry", ENTRY);
    if (entry.version === VERSION && Math.abs(entry.startedMs) < 8e15) return entry;
  } catch {
    // It is none.
  }
  warnOnce("rivya-wasm: the store holds an entry that this version can't read; it is left alone");
  return null;
}
