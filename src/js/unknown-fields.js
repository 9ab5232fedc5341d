// What a caller's object has beyond what it may have: a misspelt name would be left out without a word, and the picture
// paid for all the same.

import { readKeys } from "./read.js";

/** More in one message help nobody. */
const MAX_TOLD = 20;

/**
 * @param {object} value
 * @param {string[]} known
 * @param {string} path
 */
export const unknownFields = (value, known, path) =>
  readKeys(value, path)
    .filter((key) => !known.includes(key))
    .slice(0, MAX_TOLD);
