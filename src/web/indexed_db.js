// IndexedDB's events as promises. The database is opened for each question: one that stays open would keep other
// versions of the page from it. Sandboxed frames throw here.

import { given } from "../js/data.js";

const DATABASE = "rivya-wasm";
const TABLE = "journal";

/**
 * A request, or a transaction, as a promise. `refused`: its event beside `onerror` that means a failure.
 *
 * @type {(request: any, success: string, refused: string) => Promise<any>}
 */
const done = (request, success, refused) =>
  new Promise((resolve, reject) => {
    // A transaction has no result.
    request[success] = () => resolve(given(request, "result"));
    request.onerror = request[refused] = () => reject(request.error ?? new Error("IndexedDB is blocked"));
  });

/**
 * What a question comes to.
 *
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(table: IDBObjectStore) => IDBRequest<T>} question
 */
async function ask(mode, question) {
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
}

/** @param {string} key */
export const getText = (key) => ask("readonly", (table) => table.get(key));
/** @type {(key: string, text: string) => Promise<unknown>} */
export const setText = (key, text) => ask("readwrite", (table) => table.put(text, key));
/** @param {string} key */
export const deleteText = (key) => ask("readwrite", (table) => table.delete(key));
/** @param {string} prefix */
export const keysFrom = (prefix) =>
  ask("readonly", (table) => table.getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
