// The file that a form holds of a file input in which none was chosen.

import { propertyOf } from "./brands.js";

/**
 * `new FormData(form).get("photo")` is a file without a name and without bytes then.
 *
 * @param {Blob} blob
 */
export const isOfEmptyInput = (blob) => nameOf(blob) === "" && propertyOf("Blob", "size", blob) === 0;

/**
 * Undefined for a Blob, which has no name. The platform's own accessor: what a caller's object says of itself (an
 * overridden `name`) is not asked.
 *
 * @param {Blob} blob
 * @returns {string | undefined}
 */
function nameOf(blob) {
  try {
    return propertyOf("File", "name", blob);
  } catch {
    return undefined;
  }
}
