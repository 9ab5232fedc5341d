// One place where versions are read: Cargo.toml pins wasm-bindgen, and its command-line half must match to the letter.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const cargo = readFileSync(new URL("../Cargo.toml", import.meta.url), "utf8");
export const wasmBindgenVersion = /^wasm-bindgen = \{ version = "=([\d.]+)"/m.exec(cargo)[1];
export const packageVersion = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
