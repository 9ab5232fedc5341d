// Plain data as JSON text. `JSON.stringify` asks each object and each list for a `toJSON`, which any script can put on
// their prototypes: then something else would be sent, or written down, than what was checked.

import { isArray } from "../js/brands.js";

/**
 * What `JSON.stringify` makes of plain data where no prototype has a `toJSON`: of members that are undefined nothing,
 * of such items null.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function jsonOf(value) {
  // Of anything but an object, `toJSON` is not asked for.
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${Array.from(value, (item) => jsonOf(item) ?? "null").join()}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${jsonOf(member)}`).join()}}`;
}
