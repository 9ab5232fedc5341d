// The option `baseUrl`, taken apart.

import { isUrl } from "./brands.js";
import { locationBase } from "./environment.js";
import { wrong } from "./wrong.js";

/**
 * @typedef {object} BaseUrl
 * @property {string} href Without slashes at its end.
 * @property {string} protocol
 * @property {string} host
 * @property {string} hostname
 * @property {boolean} hasExtras Credentials, a query or a fragment.
 */

/**
 * Relative ones are read against the page. Whether its parts fit, Rust says.
 *
 * @param {string | URL} value
 * @param {string} path
 * @returns {BaseUrl}
 */
export function baseUrl(value, path) {
  const { href, protocol, host, hostname, username, password, search, hash } = parsed(value, path);
  const hasExtras = `${username}${password}${search}${hash}` !== "";
  return { href: href.replace(/\/+$/, ""), protocol, host, hostname, hasExtras };
}

/**
 * @param {string | URL} value
 * @param {string} path
 */
function parsed(value, path) {
  try {
    return new URL(isUrl(value) ? value.href : value, locationBase());
  } catch {
    return wrong(path, "an absolute URL outside a page", value);
  }
}
