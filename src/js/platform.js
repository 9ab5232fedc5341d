// What the platform is, and the questions that only its own accessors answer safely: a brand check runs no code of a
// caller's object, be it a proxy, an object of another realm, or a look-alike.

import { given, member } from "./data.js";
import { sleep } from "./timer.js";

/**
 * A global of the platform; undefined where there is none. The global object inherits from `Object.prototype`, too, to
 * which any script can add names.
 */
const globalOf = (name) => given(globalThis, name);

function hasGlobalObject(name) {
  const found = globalOf(name);
  return typeof found === "object" && found !== null;
}

export const getter = (type, name) => {
  const found = globalOf(type);
  return found && member(Object.getOwnPropertyDescriptor(found.prototype, name), "get");
};
// The value counts, too: Node's Blob takes a proxy that answers everything for one of its own.
const hasBrand = (type, name, kind) => (value) => {
  try {
    return typeof getter(type, name).call(value) === kind;
  } catch {
    return false;
  }
};

export const isBlob = hasBrand("Blob", "size", "number");
const hasSignalBrand = hasBrand("AbortSignal", "aborted", "boolean");
// A proxy that answers everything answers for its tag, too, and not with a word. Workers with an older compatibility
// date have no tag.
export function isAbortSignal(value) {
  try {
    return hasSignalBrand(value) && ["string", "undefined"].includes(typeof value[Symbol.toStringTag]);
  } catch {
    return false;
  }
}
export const isUrl = hasBrand("URL", "href", "string");
export const isStream = (value) => hasBrand("ReadableStream", "locked", "boolean")(value);

const ofTypedArray = (name) => Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), name).get;
/** A Uint8Array of any realm, and of any class below it: Node's Buffer is one. */
export const isBytes = (value) => ofTypedArray(Symbol.toStringTag).call(value) === "Uint8Array";
export const byteLengthOf = (bytes) => ofTypedArray("byteLength").call(bytes);

const isArrayBuffer = hasBrand("ArrayBuffer", "byteLength", "number");
export const isSharedBuffer = hasBrand("SharedArrayBuffer", "byteLength", "number");
/** An ArrayBuffer, or a view of any buffer: a typed array, Node's Buffer, a DataView. */
export const isBuffer = (value) => ArrayBuffer.isView(value) || isArrayBuffer(value);

/** A copy of what an ArrayBuffer holds, or a view shows, as it is now. Throws where the buffer was detached. */
export const blobOfBytes = (value) =>
  new Blob([ArrayBuffer.isView(value) ? bytesOfView(value) : new Uint8Array(value)]);

function bytesOfView(view) {
  const isTyped = ofTypedArray(Symbol.toStringTag).call(view) !== undefined;
  const [buffer, start, bytes] = ["buffer", "byteOffset", "byteLength"].map((name) =>
    (isTyped ? ofTypedArray(name) : getter("DataView", name)).call(view),
  );
  const shown = new Uint8Array(buffer, start, bytes);
  // The platform makes no Blob of memory that another thread may write to meanwhile.
  return isSharedBuffer(buffer) ? new Uint8Array(shown) : shown;
}

// A signal through the platform's own accessors, too: one of its own properties may throw.
export const isAborted = (signal) => getter("AbortSignal", "aborted").call(signal);
export const abortReason = (signal) => getter("AbortSignal", "reason").call(signal);
export const listen = (signal, callback) => EventTarget.prototype.addEventListener.call(signal, "abort", callback);
export const unlisten = (signal, callback) => EventTarget.prototype.removeEventListener.call(signal, "abort", callback);

export function isArray(value) {
  try {
    return Array.isArray(value); // throws for a revoked proxy
  } catch {
    return false;
  }
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

/** Against what a relative `baseUrl` is read. A worker made from a blob has no path of its own, only an origin. */
export function locationBase() {
  const location = globalOf("location");
  if (!location?.href) return undefined;
  return location.protocol === "blob:" ? location.origin : (globalOf("document")?.baseURI ?? location.href);
}

/** `cache` throws in workerd with an older compatibility date: there the property does not exist. */
export const hasRequestCache = () => typeof Request === "function" && Object.hasOwn(Request.prototype, "cache");

/** Web Locks; undefined on plain http, where there are none. */
export const locksOf = () => globalOf("navigator")?.locks;

/** Where storage is switched off, some browsers throw at its very name. */
export const hasIndexedDb = () => {
  try {
    return hasGlobalObject("indexedDB");
  } catch {
    return false;
  }
};

export const hasXhr = () => typeof globalOf("XMLHttpRequest") === "function";

const hearsEvents = () => typeof globalOf("addEventListener") === "function";

export const isOffline = () => globalOf("navigator")?.onLine === false && hearsEvents();

export const isHidden = () => globalOf("document")?.hidden === true;

/**
 * Calls `back` whenever the tab becomes visible or the machine comes online; answers the function that takes this back.
 */
export function onReturn(back) {
  if (!hearsEvents() || isWorkerd()) return () => {};
  const seen = () => isHidden() || back();
  const tab = globalOf("document");
  addEventListener("online", back);
  tab?.addEventListener("visibilitychange", seen);
  return () => {
    removeEventListener("online", back);
    tab?.removeEventListener("visibilitychange", seen);
  };
}

/** True at the next `online` event, false after `limitMs` without one: neither listener nor timer is left. */
export async function nextOnline(limitMs, scope) {
  let online = false;
  let back;
  try {
    await sleep(limitMs, scope, (wake) => {
      back = () => {
        online = true;
        wake();
      };
      addEventListener("online", back);
    });
  } finally {
    removeEventListener("online", back);
  }
  return online;
}

export const randomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/**
 * The file behind a `data:` URL, without `fetch`: a page's `connect-src` rarely allows `data:`. Its bytes stay in
 * JavaScript.
 */
export function blobOfDataUrl(text) {
  const parsed = new URL(text); // what is not ASCII is percent-encoded now
  parsed.hash = "";
  const url = parsed.href;
  const comma = url.indexOf(",");
  if (comma < 0) throw new TypeError("a data: URL has a comma before its data");
  const [type, ...parameters] = url.slice("data:".length, comma).split(";");
  let binary = url.slice(comma + 1).replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  if (parameters.some((parameter) => parameter.trim().toLowerCase() === "base64")) binary = atob(binary);
  return new Blob([Uint8Array.from(binary, (character) => character.charCodeAt(0))], { __proto__: null, type });
}

/** An exception of a caller's own callback is the caller's: it surfaces as one, and the call goes on. */
export function notify(callback, argument) {
  try {
    callback(argument);
  } catch (error) {
    if (typeof globalOf("reportError") === "function") reportError(error);
    else console.error(error);
  }
}
