// IndexedDB's events as promises. The database is opened for each question: one that stays open would keep other
// versions of the page from it. Sandboxed frames throw here.

const DATABASE = "rivya-wasm";
const TABLE = "journal";

/** A request, or a transaction, as a promise. `refused`: its event beside `onerror` that means a failure. */
const done = (request, success, refused) =>
  new Promise((resolve, reject) => {
    request[success] = () => resolve(request.result);
    request.onerror = request[refused] = () => reject(request.error ?? new Error("IndexedDB is blocked"));
  });

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

export const getText = (key) => ask("readonly", (table) => table.get(key));
export const setText = (key, text) => ask("readwrite", (table) => table.put(text, key));
export const deleteText = (key) => ask("readwrite", (table) => table.delete(key));
export const keysFrom = (prefix) =>
  ask("readonly", (table) => table.getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
