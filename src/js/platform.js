// What the platform is, and the questions that only its own accessors answer safely: a brand check runs no code of a caller's object, be it a
// proxy, an object of another realm, or a look-alike.

const getter = (type, name) => globalThis[type] && Object.getOwnPropertyDescriptor(globalThis[type].prototype, name)?.get;
const hasBrand = (type, name) => (value) => {
  try {
    getter(type, name).call(value);
    return true;
  } catch {
    return false;
  }
};

export const isBlob = hasBrand("Blob", "size");
export const isAbortSignal = hasBrand("AbortSignal", "aborted");
export const isUrl = hasBrand("URL", "href");

export function isArray(value) {
  try {
    return Array.isArray(value); // throws for a revoked proxy
  } catch {
    return false;
  }
}

export const isWorkerd = () => globalThis.navigator?.userAgent === "Cloudflare-Workers" || typeof globalThis.WebSocketPair === "function";

/** A document, or a browser's worker scope. Workers, Deno, Bun and Node have scopes of their own. */
export function isBrowser() {
  if (isWorkerd()) return false;
  if (typeof document === "object" && document !== null) return true;
  return (
    typeof WorkerGlobalScope === "function" && globalThis instanceof WorkerGlobalScope && typeof Deno === "undefined" && typeof Bun === "undefined"
  );
}

/** Against what a relative `baseUrl` is read. A worker made from a blob has no path of its own, only an origin. */
export function locationBase() {
  const location = globalThis.location;
  if (!location?.href) return undefined;
  return location.protocol === "blob:" ? location.origin : (globalThis.document?.baseURI ?? location.href);
}

/** `cache` throws in workerd with an older compatibility date: there the property does not exist. */
export const hasRequestCache = () => typeof Request === "function" && "cache" in Request.prototype;

export const isOffline = () => globalThis.navigator?.onLine === false;
export const hasOnlineEvent = () => typeof globalThis.addEventListener === "function";
/** Resolves when the machine is online again; `signal` removes the listener. */
export const nextOnline = (signal) => new Promise((resolve) => addEventListener("online", resolve, { once: true, signal }));

export const randomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/** The file behind a `data:` URL, without `fetch`: a page's `connect-src` rarely allows `data:`. Its bytes stay in JavaScript. */
export function blobOfDataUrl(text) {
  const url = new URL(text).href; // what is not ASCII is percent-encoded now
  const comma = url.indexOf(",");
  if (comma < 0) throw new TypeError("a data: URL has a comma before its data");
  const [type, ...parameters] = url.slice("data:".length, comma).split(";");
  let binary = url.slice(comma + 1).replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  if (parameters.some((parameter) => parameter.trim().toLowerCase() === "base64")) binary = atob(binary);
  return new Blob([Uint8Array.from(binary, (character) => character.charCodeAt(0))], { type });
}

/** An exception of a caller's own callback is the caller's: it surfaces as one, and the call goes on. */
export function notify(callback, argument) {
  try {
    callback(argument);
  } catch (error) {
    if (typeof reportError === "function") reportError(error);
    else console.error(error);
  }
}

// Files through the platform's own accessors: what a caller's object says of itself (an overridden `size`) is not asked.
export const blobSize = (blob) => getter("Blob", "size").call(blob);
export const blobType = (blob) => getter("Blob", "type").call(blob);
export const blobSlice = (blob, start, end, type) => Blob.prototype.slice.call(blob, start, end, type);
export const blobBytes = (blob) => Blob.prototype.arrayBuffer.call(blob);
export function fileName(blob) {
  try {
    return getter("File", "name")?.call(blob) || undefined;
  } catch {
    return undefined;
  }
}

const warned = new Set();
/** Told once: a page may make the same request a thousand times. */
export function warnOnce(message) {
  if (warned.has(message)) return;
  if (warned.size < 100) warned.add(message);
  console.warn(message);
}
