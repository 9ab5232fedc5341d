// One place where versions are read: the lock file pins wasm-bindgen, and its command-line half must match to the
// letter.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * What `pattern` finds in `text`, which `where` names in the error where it finds nothing.
 *
 * @param {RegExp} pattern
 * @param {string} text
 * @param {string} where
 */
export function captured(pattern, text, where) {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`${where} holds nothing like ${pattern}`);
  return found;
}

const locked = readFileSync(new URL("../Cargo.lock", import.meta.url), "utf8");
export const [, wasmBindgenVersion] = captured(/^name = "wasm-bindgen"\nversion = "([\d.]+)"/m, locked, "Cargo.lock");
const manifest = readFileSync(new URL("../Cargo.toml", import.meta.url), "utf8");
/** The oldest compiler that the crate says to build with. */
export const [, rustVersion] = captured(/^rust-version = "([\d.]+)"/m, manifest, "Cargo.toml");
/** @type {string} */
export const packageVersion = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
