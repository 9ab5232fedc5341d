// What something rejected with, in its own words. It may be anything, and its getters may throw, too.

/** How much of a message is shown. */
const MAX_CHARACTERS = 200;

/**
 * The message of what was thrown.
 *
 * @param {any} thrown
 */
export function reasonOf(thrown) {
  try {
    return String(thrown?.message ?? thrown).slice(0, MAX_CHARACTERS);
  } catch {
    return "no reason was given";
  }
}
