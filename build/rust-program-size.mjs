// `npm run size:rust`: what a Rust program weighs that makes one picture of a prompt and a file with the crate's client
// and does nothing else, as its own build would make it: optimised for size, wasm-bindgen, wasm-opt, a bundler.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { run, step } from "./run.mjs";
import { setUp, wasmBindgen } from "./setup.mjs";
import { root } from "./versions.mjs";

const FOLDER = join(root, "target/rust-program");
const BOUND = join(FOLDER, "bound");
const MANIFEST = `[package]
name = "program"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
rivya-wasm = { path = "../.." }
wasm-bindgen = "0.2"
wasm-bindgen-futures = "0.4"
web-sys = { version = "0.3", features = ["File"] }

[profile.release]
codegen-units = 1
lto = true
opt-level = "s"
strip = "debuginfo"

[workspace]
`;
const SOURCE = `use rivya_wasm::api::{Client, GenerateRequest};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub async fn paint(prompt: String, photo: web_sys::File) -> Result<Vec<String>, JsError> {
    let client = Client::builder().build()?;
    let request = GenerateRequest::new("nano-banana-2").prompt(&prompt).reference(photo);
    Ok(client.generate(request).await?.urls())
}
`;
/** What rustc lets a module of today use, which wasm-opt is told by name. */
const FEATURES = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-nontrapping-float-to-int",
  "--enable-sign-ext",
  "--enable-mutable-globals",
  "--enable-reference-types",
  "--enable-multivalue",
];

/** Answers the program's module and its JavaScript, each as one file. */
async function compile() {
  mkdirSync(join(FOLDER, "src"), { recursive: true });
  writeFileSync(join(FOLDER, "Cargo.toml"), MANIFEST);
  writeFileSync(join(FOLDER, "src/lib.rs"), SOURCE);
  // The versions that this repository builds with.
  copyFileSync(join(root, "Cargo.lock"), join(FOLDER, "Cargo.lock"));
  const cargo = ["build", "--release", "--target", "wasm32-unknown-unknown"];
  // Not this repository's own flags, which are for its modules.
  const env = { CARGO_ENCODED_RUSTFLAGS: "", CARGO_TARGET_DIR: join(FOLDER, "target") };
  await step("cargo build", () => run("cargo", cargo, { cwd: FOLDER, quiet: true, env }));
  rmSync(BOUND, { recursive: true, force: true });
  const built = join(FOLDER, "target/wasm32-unknown-unknown/release/program.wasm");
  const bind = ["--target", "web", "--no-typescript", "--omit-default-module-path", "--out-dir", BOUND, built];
  await step("wasm-bindgen", () => run(wasmBindgen, bind, { quiet: true }));
  const [bound, optimised] = [join(BOUND, "program_bg.wasm"), join(BOUND, "optimised.wasm")];
  const opt = [join(root, "node_modules/binaryen/bin/wasm-opt"), "-Oz", ...FEATURES, bound, "-o", optimised];
  await step("wasm-opt", () => run(process.execPath, opt, { quiet: true }));
  const entry = join(BOUND, "program.js");
  // wasm-bindgen names a snippet once for each block that imports it, always as the same module.
  /** @type {import("esbuild").BuildOptions} */
  const options = { minify: true, format: "esm", logOverride: { "duplicate-object-key": "silent" } };
  const bundled = await build({ ...options, entryPoints: [entry], bundle: true, write: /** @type {const} */ (false) });
  return { module: readFileSync(optimised), javascript: bundled.outputFiles[0].contents };
}

/**
 * Raw, gzip -9 and brotli 11, in bytes.
 *
 * @param {Uint8Array} bytes
 */
function sizesOf(bytes) {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  return [bytes.length, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }).length, brotli.length];
}

await setUp();
const { module, javascript } = await compile();
const [ofModule, ofJavaScript] = [sizesOf(module), sizesOf(javascript)];
const both = ofModule.map((bytes, index) => bytes + ofJavaScript[index]);
/** @type {(name: string, cells: readonly (string | number)[]) => void} */
const row = (name, cells) =>
  console.log(name.padEnd(28) + cells.map((cell) => cell.toLocaleString("en").padStart(12)).join(""));
row("bytes", ["raw", "gzip -9", "brotli 11"]);
row("module", ofModule);
row("its JavaScript, minified", ofJavaScript);
row("both", both);
