// The file behind a `data:` URL, without `fetch`: a page's `connect-src` rarely allows `data:`.

/**
 * Its bytes stay in JavaScript. Throws where it is none.
 *
 * @param {string} text
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
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return new Blob([bytes], /** @type {BlobPropertyBag} */ ({ __proto__: null, type }));
}
