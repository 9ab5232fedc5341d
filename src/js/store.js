// Where the journal keeps its texts: the caller's store, IndexedDB in pages and their workers, else memory.

import { given } from "./data.js";
import { reasonOf } from "./failure.js";
import { hasIndexedDb, isArray } from "./platform.js";
import { warnOnce } from "./warn.js";

/** What takes longer has failed. */
const LIMIT_MS = 2_000;
const DATABASE = "rivya-wasm";
const TABLE = "journal";
const FAILED = Symbol();

/** For a client alone: a Worker's isolate serves many people, and none shall find another's work. */
function memoryStore() {
  const texts = new Map();
  return {
    get: async (key) => texts.get(key) ?? null,
    set: async (key, value) => void texts.set(key, value),
    delete: async (key) => void texts.delete(key),
    keys: async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/**
 * A request of IndexedDB, or a transaction, as a promise. `refused`: its event beside `onerror` that means a failure.
 */
const done = (request, success, refused) =>
  new Promise((resolve, reject) => {
    // A transaction has no result.
    request[success] = () => resolve(given(request, "result"));
    request.onerror = request[refused] = () => reject(request.error ?? new Error("IndexedDB is blocked"));
  });

/**
 * The database is opened for each question: one that stays open would keep other versions of the page from it.
 * Sandboxed frames throw here.
 */
function indexedDbStore() {
  const ask = async (mode, question) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
    const database = await done(opening, "onsuccess", "onblocked");
    try {
      const transaction = database.transaction(TABLE, mode);
      const request = question(transaction.objectStore(TABLE));
      // A write counts when it is on disk, not when it was asked for.
      await done(transaction, "oncomplete", "onabort");
      return request.result;
    } finally {
      database.close();
    }
  };
  return {
    get: async (key) => (await ask("readonly", (table) => table.get(key))) ?? null,
    set: (key, value) => ask("readwrite", (table) => table.put(value, key)),
    delete: (key) => ask("readwrite", (table) => table.delete(key)),
    keys: (prefix) => ask("readonly", (table) => table.getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`))),
  };
}

/** The option `store`, or the platform's; null where nothing shall be remembered. */
export function storeOf(given) {
  if (given === null) return null;
  return bounded(given ?? (hasIndexedDb() ? indexedDbStore() : memoryStore()));
}

/** What is an answer: a store of the caller's may say anything. */
const isAny = () => true;
const ANSWERS = {
  __proto__: null,
  get: (text) => text === null || text === undefined || typeof text === "string",
  set: isAny,
  delete: isAny,
  keys: (keys) => isArray(keys) && keys.every((key) => typeof key === "string"),
};

/** A store that is given 2 s for each answer. A failure is told once; then `get` answers undefined, `keys` nothing. */
function bounded(store) {
  const ask = async (what, ...args) => {
    let timer;
    const late = new Promise(
      (_, reject) => (timer = setTimeout(() => reject(new Error("it took longer than 2 s")), LIMIT_MS)),
    );
    try {
      const answer = await Promise.race([store[what](...args), late]);
      if (!ANSWERS[what](answer)) throw new TypeError(`${what} gave what it should not`);
      return answer;
    } catch (cause) {
      warnOnce(
        `rivya-wasm: the store failed (${reasonOf(cause)}): what is generated meanwhile is not remembered`,
        "store",
      );
      return FAILED;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    get: async (key) => {
      const text = await ask("get", key);
      return text === FAILED ? undefined : (text ?? null);
    },
    set: async (key, text) => (await ask("set", key, text)) !== FAILED,
    delete: async (key) => (await ask("delete", key)) !== FAILED,
    keys: async (prefix) => {
      const keys = await ask("keys", prefix);
      return keys === FAILED ? [] : keys.filter((key) => key.startsWith(prefix));
    },
  };
}
