// Submissions that are not delivered yet: written before they are sent, with the exact bytes, so that a closed tab or a
// lost answer costs nothing.

import { fingerprint, isOver, isValidKey, lifetimeMs } from "#client-glue";
import { checked } from "../js/arguments.js";
import { member } from "../js/data.js";
import { jsonOf } from "../js/json.js";
import { alone, locksHeld, marking } from "../js/lock.js";
import { Scope } from "../js/scope.js";
import { warnOnce } from "../js/warn.js";

/**
 * The form of an entry; another version's entries are left alone. `until` what is handed over it is kept: `create`
 * hands over an id.
 */
const VERSION = 1;
const ENTRY =
  "version:n! key:i! model:s! prompt:s startedMs:n! digest:s! body:t! until:id|result! id:s state:unsubmitted|running|succeeded|lost! " +
  "deliveredMs:n";
/** What `Date` can tell, and the days that are added to it. */
const MAX_TIME_MS = 8e15;
/** What is being written of an entry of which nothing is. */
const NOTHING_SAID = { isGone: false, changes: undefined };
/** With each so many deliveries, entries that have done their service go. */
const DELIVERIES_PER_SWEEP = 32;

/** Whether two requests are the same, before anything of them is uploaded: files are known by size, type and name. */
export const digestOf = ({ model, prompt, params, client_request_id, references, keepMetadata, fit }) =>
  fingerprint(
    jsonOf([
      model,
      prompt,
      params,
      client_request_id,
      references.map(({ blob, head, index, ...reference }) => reference),
      keepMetadata,
      fit,
    ]),
  );

export class Journal {
  #store;
  #prefix;
  /** Keys that calls of this client are at now. */
  #active = new Map();
  /** What is being written just now, by key: a store takes its time, and what was said must hold at once. */
  #writing = new Map();
  /** Keys whose places in the store hold what can't be read: nothing is written there. */
  #aside = new Set();
  #deliveries = 0;

  /** Entries belong to a base URL and an account: what another one's client wrote is not seen. */
  constructor(store, { href, account, workerd }) {
    this.#store = store;
    // A page sweeps with its first delivery. A client of a Worker may serve one request alone, which would wait for it.
    this.#deliveries = workerd ? 1 : 0;
    this.#prefix = `rivya-wasm/${fingerprint(jsonOf([href, account ?? null]))}/`;
  }

  /** Where an entry lies, and what the lock of whoever is at it is called, in all pages. */
  nameOf(key) {
    return `${this.#prefix}${key}`;
  }

  /** The lock of who submits. No entry's name begins so. */
  submissionLockOf(key) {
    return `rivya-wasm/submission/${this.nameOf(key)}`;
  }

  /**
   * The entry of a key; null where there is none, undefined where it can't be told: the store failed, or holds what is
   * no entry of this version.
   */
  async find(key) {
    const entry = await this.#read(key);
    return isOver(entry?.deliveredMs, Date.now()) ? null : entry;
  }

  async #read(key) {
    const before = this.#writing.get(key);
    const text = this.#store === null ? null : await this.#store.get(this.nameOf(key));
    const entry = typeof text === "string" ? parse(text, key) : text;
    const { isGone, changes } = this.#writing.get(key) ?? before ?? NOTHING_SAID;
    return isGone ? null : entry && Object.assign(entry, changes);
  }

  /** The entry of a submission that is to be sent. */
  draft({ key }, { model, prompt }, digest, body, until) {
    const startedMs = Date.now();
    return {
      __proto__: null,
      version: VERSION,
      key,
      model,
      prompt,
      startedMs,
      digest,
      body,
      until,
      id: undefined,
      state: "unsubmitted",
      deliveredMs: undefined,
    };
  }

  /** Writes the entry of a submission that is about to be sent; `isFree`: where nothing lies that can't be read. */
  async begin(entry, isFree) {
    const { key } = entry;
    entry.startedMs = Date.now();
    this.#writing.delete(key);
    if (isFree) this.#aside.delete(key);
    else this.#aside.add(key);
    await this.#inTurn(key, () => this.#set(entry));
  }

  /** Changes an entry that is still there: one that was forgotten meanwhile stays so. */
  async change(entry, changes) {
    Object.assign(entry, changes);
    const { key } = entry;
    if (this.#writing.get(key)?.isGone) return;
    await this.#noting(
      key,
      { isGone: false, changes },
      async () => (await this.#store.get(this.nameOf(key))) === null || this.#set(entry),
    );
  }

  /** Whatever lies there. */
  forget(which) {
    this.#aside.delete(which.key);
    return this.remove(which);
  }

  async remove({ key }) {
    await this.#noting(key, { isGone: true, changes: {} }, () => this.#store.delete(this.nameOf(key)));
  }

  /** The result of an entry was handed over. */
  async deliver(entry) {
    await this.change(entry, delivered());
    if (this.#deliveries++ % DELIVERIES_PER_SWEEP === 0) await this.list();
  }

  /** What was said holds here as long as the store doesn't: where it fails, for as long as this client lives. */
  async #noting(key, { isGone, changes }, write) {
    const before = this.#writing.get(key);
    const what = { isGone, changes: { ...before?.changes, ...changes } };
    this.#writing.set(key, what);
    const isWritten = await this.#inTurn(key, write);
    if (isWritten && this.#writing.get(key) === what) this.#writing.delete(key);
  }

  /**
   * One write of a key after the other: far away, a removal under way would overtake the entry that is written after
   * it.
   */
  async #inTurn(key, write) {
    return this.#store === null || this.#aside.has(key) || alone(this.nameOf(key), new Scope(), write);
  }

  #set(entry) {
    return this.#store.set(this.nameOf(entry.key), jsonOf(entry));
  }

  /** All entries, oldest first. Those that have done their service go. */
  async list() {
    const keys = (await this.#store?.keys(this.#prefix)) ?? [];
    const found = await Promise.all(keys.map((key) => this.#read(key.slice(this.#prefix.length))));
    const entries = found.filter(Boolean);
    const [over, kept] = [true, false].map((wanted) =>
      entries.filter(({ deliveredMs }) => isOver(deliveredMs, Date.now()) === wanted),
    );
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

  /** Marks a key as being at work while `work` runs, for all pages. */
  async during({ key }, work) {
    this.#active.set(key, (this.#active.get(key) ?? 0) + 1);
    try {
      return await marking(this.nameOf(key), work);
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
      active: this.#active.has(key) || locks.has(this.nameOf(key)),
      safeUntil: new Date(startedMs + lifetimeMs()).toISOString(),
    }));
  }
}

/** What an entry becomes when its result was handed over, just now. */
export const delivered = () => ({ state: "succeeded", deliveredMs: Date.now() });

/** A store's text is a stranger's: what is no entry of ours is left where it is, and never sent. */
function parse(text, key) {
  try {
    const entry = checked(JSON.parse(text), "entry", ENTRY);
    const isOurs = entry.version === VERSION && entry.key === key && isValidKey(key) && entry.startedMs < MAX_TIME_MS;
    if (isOurs && member(JSON.parse(entry.body), "model") === entry.model) return entry;
  } catch {
    // It is none.
  }
  warnOnce("rivya-wasm: the store holds an entry that this version can't read; it is left alone");
  return undefined;
}
