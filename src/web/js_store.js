// A caller's store, called as the methods that they are: it may be a class. It may say anything, and what is no answer
// to its question is a failure.

/**
 * @typedef {object} Store
 * @property {(key: string) => unknown} get
 * @property {(key: string, text: string) => unknown} set
 * @property {(key: string) => unknown} delete
 * @property {(prefix: string) => unknown} keys
 */

/** @type {(method: string) => never} */
const refuse = (method) => {
  throw new TypeError(`${method} gave what it should not`);
};

/** @type {(store: Store, key: string) => Promise<string | undefined>} */
export async function getText(store, key) {
  const text = (await store.get(key)) ?? undefined;
  return text === undefined || typeof text === "string" ? text : refuse("get");
}

/** @type {(store: Store, key: string, text: string) => Promise<void>} */
export const setText = async (store, key, text) => void (await store.set(key, text));

/** @type {(store: Store, key: string) => Promise<void>} */
export const deleteText = async (store, key) => void (await store.delete(key));

/** @type {(store: Store, prefix: string) => Promise<string[]>} */
export async function keysFrom(store, prefix) {
  const given = await store.keys(prefix);
  if (!Array.isArray(given)) return refuse("keys");
  const keys = Array.from(given);
  return keys.every((key) => typeof key === "string") ? keys.filter((key) => key.startsWith(prefix)) : refuse("keys");
}
