// What rules of the edge answer, without a prototype (see `data.js`). Each is made in one call: to set its members one
// by one from Rust costs more than the rule itself.

/**
 * `origin` is the listed one that the answer names; `route` is undefined beside a refusal.
 *
 * @param {string | undefined} origin
 * @param {unknown} refusal
 * @param {unknown} route
 * @param {string | undefined} segment
 * @param {number | undefined} index
 */
export const makeAdmission = (origin, refusal, route, segment, index) => ({
  __proto__: null,
  origin,
  refusal,
  route,
  segment,
  index,
});

/**
 * An answer of the API with the caller's id in it; `id` is the API's own.
 *
 * @param {string} text
 * @param {string | undefined} id
 * @param {boolean} hasEnded
 * @param {number | undefined} reservedCredits
 */
export const makeBoundAnswer = (text, id, hasEnded, reservedCredits) => ({
  __proto__: null,
  text,
  id,
  hasEnded,
  reservedCredits,
});
