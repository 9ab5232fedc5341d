// What the platform is, and the questions that only its own accessors answer safely: a brand check runs no code of a caller's object, be it a
// proxy, an object of another realm, or a look-alike.

const getter = (type, name) => globalThis[type] && Object.getOwnPropertyDescriptor(globalThis[type].prototype, name)?.get;
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
// A proxy that answers everything answers for its tag, too, and not with a word. Workers with an older compatibility date have no tag.
export const isAbortSignal = (value) => hasSignalBrand(value) && ["string", "undefined"].includes(typeof value[Symbol.toStringTag]);
export const isUrl = hasBrand("URL", "href", "string");

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

export const isOffline = () => globalThis.navigator?.onLine === false && typeof addEventListener === "function";

/** True at the next `online` event, false after `limitMs` without one, or when the controller is aborted: neither listener nor timer is left. */
export function nextOnline(limitMs, { signal }) {
  return new Promise((resolve) => {
    const end = (online) => {
      clearTimeout(timer);
      removeEventListener("online", back);
      signal.removeEventListener("abort", gone);
      resolve(online);
    };
    const back = () => end(true);
    const gone = () => end(false);
    const timer = setTimeout(gone, Math.min(limitMs, 2_147_483_647));
    addEventListener("online", back);
    signal.addEventListener("abort", gone);
  });
}

export const randomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/** The file behind a `data:` URL, without `fetch`: a page's `connect-src` rarely allows `data:`. Its bytes stay in JavaScript. */
export function blobOfDataUrl(text) {
  const parsed = new URL(text); // what is not ASCII is percent-encoded now
  parsed.hash = "";
  const url = parsed.href;
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

/** A file by handle, through the platform's own accessors: what a caller's object says of itself (an overridden `size`) is not asked. */
export function fileHandle(blob) {
  let name;
  try {
    name = getter("File", "name").call(blob) || undefined;
  } catch {
    // A Blob has no name.
  }
  return { blob, bytes: getter("Blob", "size").call(blob), type: String(getter("Blob", "type").call(blob)), name };
}

/**
 * The bytes from `start` to `end`; undefined where the platform can't read them: the file changed on disk, or went. A slice of a file fails
 * then, while the file itself would be uploaded with other bytes.
 */
export const bytesOf = ({ blob }, start, end) =>
  Blob.prototype.arrayBuffer.call(Blob.prototype.slice.call(blob, start, end)).then(
    (buffer) => new Uint8Array(buffer),
    () => undefined,
  );

/** What goes into the form of an upload. A Blob has no name; the API's samples all have one. */
export const parcelOf = (file, kind, model, client_request_id, type, name) => ({
  blob: file.blob,
  fields: { kind, model, client_request_id },
  type: type ?? file.type,
  name: name ?? file.name ?? `reference.${(type ?? file.type).split("/")[1] || "bin"}`,
});

/** The form, made anew for each attempt, in the order of the contract (section 7.1). The file goes in as a slice of itself, typed anew. */
export function formOf({ blob, fields, type, name }) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) form.append(key, value);
  form.append("file", Blob.prototype.slice.call(blob, 0, getter("Blob", "size").call(blob), type), name);
  return form;
}

const warned = new Set();
/** Told once: a page may make the same request a thousand times. */
export function warnOnce(message) {
  if (warned.has(message)) return;
  if (warned.size < 100) warned.add(message);
  console.warn(message);
}
