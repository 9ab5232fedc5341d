// What the program runs in: a page, a worker of a browser, Cloudflare Workers, or a script.

import { given } from "./data.js";

/**
 * A global of the platform; undefined where there is none. The global object inherits from `Object.prototype`, too, to
 * which any script can add names.
 *
 * @param {string} name
 */
export const globalOf = (name) => given(globalThis, name);

/** @param {string} name */
export function hasGlobalObject(name) {
  const found = globalOf(name);
  return typeof found === "object" && found !== null;
}

export const isWorkerd = () =>
  globalOf("navigator")?.userAgent === "Cloudflare-Workers" || typeof globalOf("WebSocketPair") === "function";

/** A document, or a browser's worker scope. Workers, Deno, Bun and Node have scopes of their own. */
export function isBrowser() {
  if (isWorkerd()) return false;
  if (hasGlobalObject("document")) return true;
  const WorkerScope = globalOf("WorkerGlobalScope");
  return (
    typeof WorkerScope === "function" &&
    globalThis instanceof WorkerScope &&
    globalOf("Deno") === undefined &&
    globalOf("Bun") === undefined
  );
}

/**
 * Against what a relative URL is read. A worker made from a blob has no path of its own, only an origin.
 *
 * @returns {string | undefined}
 */
export function locationBase() {
  const location = globalOf("location");
  if (!location?.href) return undefined;
  return location.protocol === "blob:" ? location.origin : (globalOf("document")?.baseURI ?? location.href);
}

/** `cache` throws in workerd with an older compatibility date: there the property does not exist. */
export const hasRequestCache = () => typeof Request === "function" && Object.hasOwn(Request.prototype, "cache");
