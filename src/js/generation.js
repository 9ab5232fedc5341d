// What `download` is given, read as a stranger's object, though it is most often the one that the server sent.

import { isArray } from "./brands.js";
import { checked } from "./checked.js";
import { nullable } from "./optional.js";
import { read, readItem, readLength } from "./read.js";
import { snapshot } from "./snapshot.js";
import { object, text } from "./validators.js";

/** So many URLs are looked at; where there are more than the rule takes, it is all the same how many. */
const MAX_LISTED = 1_000;
const GENERATION = { id: nullable(text), result: object };

/**
 * Its id, and its result as plain data: `{ urls, primary_url }`, of which Rust says what is fetched.
 *
 * @param {unknown} generation
 */
export function readGeneration(generation) {
  const { id = "", result } = checked(generation, "generation", GENERATION);
  const path = "generation.result";
  // Nothing else of it is looked at: what the API adds may be large, or nest deep.
  const primary_url = read(result, "primary_url", `${path}.primary_url`);
  return { id, result: snapshot({ urls: firstUrls(result, `${path}.urls`), primary_url }, path) };
}

/**
 * The list of URLs, no longer than the rule needs to refuse it.
 *
 * @param {object} result
 * @param {string} path
 */
function firstUrls(result, path) {
  const urls = read(result, "urls", path);
  if (!isArray(urls)) return urls;
  const length = Math.min(readLength(urls, path), MAX_LISTED);
  return Array.from({ length }, (_, index) => readItem(urls, index, `${path}[${index}]`));
}
