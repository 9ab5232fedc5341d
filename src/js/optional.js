// Members of a schema that need not be there.

/**
 * @template T
 * @typedef {import("./validators.js").Validator<T>} Validator
 */

/**
 * @template T
 * @param {Validator<T>} validate
 * @returns {Validator<T | undefined>}
 */
export const optional = (validate) => (value, path) => (value === undefined ? undefined : validate(value, path));

/**
 * Where null counts as not given, too: a server's own objects say so.
 *
 * @template T
 * @param {Validator<T>} validate
 * @returns {Validator<T | undefined>}
 */
export const nullable = (validate) => optional((value, path) => (value === null ? undefined : validate(value, path)));

/**
 * @template T
 * @param {Validator<T>} validate
 * @param {T} fallback
 * @returns {Validator<T>}
 */
export const withDefault = (validate, fallback) => (value, path) =>
  value === undefined ? fallback : validate(value, path);
