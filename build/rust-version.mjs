// Checks that the crate builds with the oldest compiler that it names, for pages and natively.

import { run, step } from "./run.mjs";
import { rustVersion } from "./versions.mjs";

const WASM = "wasm32-unknown-unknown";
const CHECK = ["check", "--locked", "--lib", "--no-default-features", "--target-dir", "target/rust-version"];

await step(`Rust ${rustVersion}`, () =>
  run("rustup", ["toolchain", "install", rustVersion, "--profile", "minimal", "--target", WASM], { quiet: true }),
);
const cargo = `+${rustVersion}`;
await step("natively", () => run("cargo", [cargo, ...CHECK]));
await step(WASM, () => run("cargo", [cargo, ...CHECK, "--target", WASM, "--features", "client,edge,emulator,npm"]));
