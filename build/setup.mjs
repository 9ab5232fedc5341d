// All that a build needs, installed where it is missing: npm packages, the wasm32 target, wasm-bindgen's command line.

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { run, step } from "./run.mjs";
import { root, wasmBindgenVersion } from "./versions.mjs";

export const tools = join(root, "target/tools");
export const wasmBindgen = join(tools, "bin/wasm-bindgen");

/** Installs what is missing; nothing happens where all is there. */
export async function setUp() {
  needRust();
  await npmPackages();
  await wasmTarget();
  await wasmBindgenTool();
}

function needRust() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) throw new Error(`Node.js 20 or newer is needed, this is ${process.version}`);
}

async function npmPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules/.rivya-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  await step("npm packages", () => run("npm", ["ci", "--no-audit", "--no-fund"], { quiet: true }));
  writeFileSync(stamp, lock);
}

async function wasmTarget() {
  const sysroot = (
    await run("rustc", ["--print", "sysroot"], { quiet: true }).catch(() => {
      throw new Error("Rust is needed: install it from https://rustup.rs");
    })
  ).trim();
  if (existsSync(join(sysroot, "lib/rustlib/wasm32-unknown-unknown"))) return;
  await step("target wasm32-unknown-unknown", () =>
    run("rustup", ["target", "add", "wasm32-unknown-unknown"], { quiet: true }),
  );
}

/**
 * Unoptimised and without TLS: it builds in a third of the time, and bindgen itself takes 0.3 s instead of 0.07 s.
 * Without `--locked`: the lock file of that release names a version that can't be had any more.
 */
async function wasmBindgenTool() {
  const stamp = join(tools, "version");
  if (
    existsSync(wasmBindgen) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === wasmBindgenVersion &&
    statSync(wasmBindgen).size > 0
  )
    return;
  const args = [
    "install",
    "wasm-bindgen-cli",
    "--version",
    wasmBindgenVersion,
    "--debug",
    "--no-default-features",
    "--force",
    "--root",
    tools,
  ];
  await step(`wasm-bindgen ${wasmBindgenVersion}`, () =>
    run("cargo", args, { quiet: true, env: { CARGO_PROFILE_DEV_DEBUG: "0" } }),
  );
  writeFileSync(stamp, wasmBindgenVersion);
}
