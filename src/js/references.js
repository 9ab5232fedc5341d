// `request.references`: a caller's list, read once.

import { isBlob } from "./brands.js";
import { isOfEmptyInput } from "./empty-input.js";
import { readItem, readLength } from "./read.js";
import { reference } from "./reference.js";
import { warnOnce } from "./warn.js";

/** More than any model takes; a longer list is not even looked at. */
const MAX_REFERENCES = 1_000;
const PATH = "request.references";

/**
 * Each as a file, a `blob:` URL to be read, or an item, with its `index` in the caller's list. What a form
 * holds of an empty file input is left out.
 *
 * @param {unknown[] | undefined} list
 */
export function references(list) {
  if (list === undefined) return [];
  const length = readLength(list, PATH);
  if (length > MAX_REFERENCES) throw new TypeError(`${PATH} must be an array of at most ${MAX_REFERENCES} references`);
  const found = Array.from({ length }, (_, index) => {
    const place = `references[${index}]`;
    const given = readItem(list, index, place);
    if (!isBlob(given) || !isOfEmptyInput(given)) return { __proto__: null, ...reference(given, place), index };
    warnOnce(
      `rivya-wasm: ${place} is the file of an input in which none was chosen, without a name and without bytes: it is left out`,
    );
    return null;
  });
  return found.filter((each) => each !== null);
}
