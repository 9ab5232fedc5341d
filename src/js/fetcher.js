// A caller's own `fetch`, as a function.

import { read } from "./read.js";
import { FETCHER } from "./validators.js";
import { wrong } from "./wrong.js";

/** @typedef {(url: string, init?: RequestInit) => Promise<Response>} Fetch */

/**
 * The platform's is called as a bare global, an object's as its method: "Illegal invocation" otherwise.
 *
 * @param {any} value What `fetching` has accepted, or undefined for the platform's.
 * @param {string} path
 * @returns {Fetch}
 */
export function fetcher(value, path) {
  if (value === undefined) return (url, init) => fetch(url, init);
  if (typeof value === "function") return (url, init) => value(url, init);
  if (typeof read(value, "fetch", `${path}.fetch`) !== "function") wrong(path, FETCHER, value);
  return (url, init) => value.fetch(url, init);
}
