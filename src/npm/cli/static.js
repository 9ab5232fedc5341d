// Files of a folder, for a server: found by a URL's path, never outside of the folder, with the type that a browser
// wants.

import { readFile, stat } from "node:fs/promises";
import { extname, join, resolve, sep } from "node:path";

/**
 * Modules and WebAssembly are refused by browsers under any other type.
 *
 * @type {Record<string, string>}
 */
const MIME_TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** The type of a file by its name's ending. */
export const mimeTypeOf = (/** @type {string} */ path) => MIME_TYPES[extname(path)] ?? "application/octet-stream";

/**
 * `{ bytes, mimeType }` of what a URL's path names below `folder`, a folder's `index.html` included; null where there
 * is nothing.
 *
 * @param {string} folder
 * @param {string} pathname
 */
export async function readStatic(folder, pathname) {
  const file = fileBelow(folder, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  if (file === null) return null;
  const found = await stat(file).catch(() => null);
  return found?.isFile() ? { bytes: await readFile(file), mimeType: mimeTypeOf(file) } : null;
}

/**
 * An encoded slash or `..` survives the parsing of a URL: only the path that it means in the end tells where it leads.
 *
 * @param {string} folder
 * @param {string} pathname
 */
function fileBelow(folder, pathname) {
  let path;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  const file = resolve(join(folder, path));
  return file.startsWith(resolve(folder) + sep) && !path.includes("\0") ? file : null;
}
