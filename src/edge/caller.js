// Who calls, as the owner of the proxy says it.

import { given } from "../js/data.js";

const MAX_CALLER_CHARACTERS = 1_000;

/** @typedef {{ id: string, credits: boolean }} Caller `credits`: may read the account's balance. */

/**
 * Half of a pair of surrogates would reach the rules as U+FFFD: two such callers would be one.
 *
 * @param {string} text
 */
export const isWellFormed = (text) => !/\p{Surrogate}/u.test(text);

/**
 * What `authorize` gave, as a caller; null where that is nobody.
 *
 * @param {unknown} told
 * @returns {Caller | null}
 */
export function callerOf(told) {
  if (told === null) return null;
  const isId = typeof told === "string";
  const id = isId ? told : given(told ?? {}, "id");
  if (typeof id !== "string" || id === "" || id.length > MAX_CALLER_CHARACTERS || !isWellFormed(id)) {
    throw new TypeError(
      "authorize must answer null, or the id of the caller: a string of 1 to 1,000 characters of Unicode",
    );
  }
  return { id, credits: !isId && given(told, "credits") === true };
}
