// `npm test`: sets up all that is missing, builds, and runs every check. Its last line tells how many passed and
// failed.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setUpBrowser } from "./browser.mjs";
import { build } from "./build.mjs";
import { capabilitiesOf, startClosingProxy } from "./closing-proxy.mjs";
import { messageOf, runCounted, seconds } from "./run.mjs";
import { setUp } from "./setup.mjs";
import { root } from "./versions.mjs";

const NATIVE = ["--no-default-features"];
const WASM = ["--target", "wasm32-unknown-unknown", "--no-default-features", "--features"];
const STRICT = ["--", "-D", "warnings"];
/** One file may start a browser, workerd and a server in another language: never two at once. */
const NODE_TESTS = ["--test", "--test-reporter=spec", "--test-concurrency=1", "--test-timeout=600000"];

/** What was met in its runs is printed. */
const SIMULATION = ["--features", "emulator", "--test", "simulation"];
const NATIVE_EXAMPLE = ["--manifest-path", "examples/rust-native/Cargo.toml"];
const LEPTOS_EXAMPLE = ["--manifest-path", "examples/leptos/Cargo.toml"];
const DOC = ["cargo", "doc", "--no-deps"];

const BIOME = "node_modules/@biomejs/biome/bin/biome";
const API_TESTS = ["--test", "api-in-node", "--test", "api-in-browser"];
const EMULATOR_TESTS = ["--test", "emulator-in-node", "--test", "emulator-in-browser"];
const BORDER_TESTS = ["--test", "border-in-node", "--test", "border-in-browser"];
/** A module that has crashed stays so: each way to crash has a test of its own. */
const CRASH_TESTS = ["panic", "borrow"].flatMap((how) => [
  "--test",
  `crash-by-${how}-in-node`,
  "--test",
  `crash-by-${how}-in-browser`,
]);

/**
 * @typedef {{ passed: number, failed: number }} Counts
 * @typedef {{ name: string, command: string[], counts?: (output: string) => Counts }} Check
 */

/**
 * Every check: its name and the command. `counts` reads passed and failed tests out of what it printed; a check without
 * counts as one.
 *
 * @type {Check[]}
 */
const CHECKS = [
  { name: "JavaScript, format and lint", command: [process.execPath, BIOME, "ci", "--error-on-warnings"] },
  { name: "JavaScript, types", command: [process.execPath, "build/types.mjs"] },
  { name: "width of lines", command: [process.execPath, "build/line-width.mjs"] },
  { name: "rustfmt", command: ["cargo", "fmt", "--check"] },
  { name: "rustfmt, fuzz", command: ["cargo", "fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"] },
  {
    name: "clippy, fuzz",
    command: [
      "cargo",
      "clippy",
      "--manifest-path",
      "fuzz/Cargo.toml",
      "--target-dir",
      "target/fuzz-lint",
      "--locked",
      "--bins",
      ...STRICT,
    ],
  },
  { name: "clippy, rules", command: ["cargo", "clippy", ...NATIVE, "--all-targets", ...STRICT] },
  {
    name: "clippy, client and border",
    command: ["cargo", "clippy", ...WASM, "client,npm", "--lib", ...BORDER_TESTS, ...CRASH_TESTS, ...STRICT],
  },
  { name: "clippy, emulator", command: ["cargo", "clippy", ...WASM, "emulator,npm", ...STRICT] },
  { name: "rules", command: ["cargo", "test", ...NATIVE], counts: countCargo },
  { name: "clippy, edge", command: ["cargo", "clippy", ...WASM, "edge,npm", ...STRICT] },
  {
    name: "edge, natively",
    command: ["cargo", "test", ...NATIVE, "--features", "edge,npm", "--lib", "edge::"],
    counts: countCargo,
  },
  {
    name: "emulator, natively",
    command: ["cargo", "test", ...NATIVE, "--features", "emulator", "--lib", "emulator::"],
    counts: countCargo,
  },
  { name: "clippy, simulation", command: ["cargo", "clippy", ...NATIVE, ...SIMULATION, ...STRICT] },
  { name: "simulation", command: ["cargo", "test", ...NATIVE, ...SIMULATION, "--", "--nocapture"], counts: countCargo },
  {
    name: "border, in Node and Chromium",
    command: ["cargo", "test", ...WASM, "client,npm", ...BORDER_TESTS],
    counts: countCargo,
  },
  {
    name: "crashes, in Node and Chromium",
    command: ["cargo", "test", ...WASM, "client,npm", ...CRASH_TESTS],
    counts: countCargo,
  },
  { name: "clippy, client in Rust", command: ["cargo", "clippy", ...WASM, "client", "--lib", ...API_TESTS, ...STRICT] },
  {
    name: "client in Rust, in Node and Chromium",
    command: ["cargo", "test", ...WASM, "client", ...API_TESTS],
    counts: countCargo,
  },
  {
    name: "clippy, emulator in Rust",
    command: ["cargo", "clippy", ...WASM, "client,emulator", "--lib", ...EMULATOR_TESTS, ...STRICT],
  },
  {
    name: "emulator in Rust, in Node and Chromium",
    command: ["cargo", "test", ...WASM, "client,emulator", ...EMULATOR_TESTS],
    counts: countCargo,
  },
  { name: "rustfmt, example, native Rust", command: ["cargo", "fmt", "--check", ...NATIVE_EXAMPLE] },
  {
    name: "clippy, example, native Rust",
    command: ["cargo", "clippy", ...NATIVE_EXAMPLE, "--locked", "--all-targets", ...STRICT],
  },
  { name: "example, native Rust", command: ["cargo", "test", ...NATIVE_EXAMPLE, "--locked"], counts: countCargo },
  {
    name: "rustfmt, example, Rust Worker",
    command: ["cargo", "fmt", "--check", "--manifest-path", "examples/rust-worker/Cargo.toml"],
  },
  { name: "rustfmt, example, Leptos", command: ["cargo", "fmt", "--check", ...LEPTOS_EXAMPLE] },
  {
    name: "guides, Rust",
    command: ["cargo", "test", ...NATIVE, "--features", "emulator,client", "--doc"],
    counts: countCargo,
  },
  { name: "documentation, rules", command: [...DOC, ...NATIVE] },
  ...["client", "client,emulator", "client,npm", "edge,npm", "emulator,npm"].map((features) => ({
    name: `documentation, ${features}`,
    command: [...DOC, ...WASM, features],
  })),
  { name: "oldest compiler", command: [process.execPath, "build/rust-version.mjs"] },
  {
    name: "crate, packed",
    command: ["cargo", "package", "--allow-dirty", "--locked", ...WASM, "client"],
  },
  { name: "fuzz", command: [process.execPath, "build/fuzz.mjs", "--runs", "100000"] },
  { name: "sizes", command: [process.execPath, "build/sizes.mjs"] },
  { name: "types, packages, journeys", command: [process.execPath, ...NODE_TESTS, ...nodeTests()], counts: countNode },
];

/** By name: Node 20 does not expand patterns itself. */
function nodeTests() {
  const files = readdirSync(join(root, "tests"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".test.mjs"))
    .map((file) => join("tests", file))
    .sort();
}

/** @param {string} output */
function countCargo(output) {
  const found = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)];
  return { passed: sum(found, 1), failed: sum(found, 2) };
}

/** @param {string} output */
function countNode(output) {
  return {
    passed: sum([...output.matchAll(/^ℹ pass (\d+)$/gm)], 1),
    failed: sum([...output.matchAll(/^ℹ fail (\d+)$/gm)], 1),
  };
}

/** @type {(matches: RegExpExecArray[], group: number) => number} */
const sum = (matches, group) => matches.reduce((total, match) => total + Number(match[group]), 0);

/**
 * Runs one check; answers how many passed and failed. What can't be counted, or fails without a count, counts as one.
 *
 * @param {Check} check
 * @param {Record<string, string>} env
 */
async function check({ name, command, counts }, env) {
  console.log(`\n── ${name}: ${command[0] === process.execPath ? "node" : command[0]} ${command.slice(1).join(" ")}`);
  const start = performance.now();
  const { code, output } = await runCounted(command, { env });
  const counted = counts?.(output) ?? { passed: 0, failed: 0 };
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  if (code === 0 && counted.passed === 0) {
    // A test command that finds no test proves nothing.
    if (counts) counted.failed = 1;
    else counted.passed = 1;
  }
  return { name, ...counted, time: seconds(start) };
}

async function main() {
  const start = performance.now();
  await setUp();
  const { chromium, chromedriver } = await setUpBrowser();
  await build();
  // The test runner reads it where it is started. No other process of a test does.
  writeFileSync(join(root, "webdriver.json"), JSON.stringify(capabilitiesOf(await startClosingProxy())));
  // Without colours: the counts are read from what the commands print.
  const env = {
    CHROMIUM: chromium,
    CHROMEDRIVER: chromedriver,
    // In seconds, for all tests of a page: a busy machine takes more than the runner's own 20.
    WASM_BINDGEN_TEST_TIMEOUT: "240",
    CARGO_TERM_COLOR: "never",
    RUSTDOCFLAGS: "-D warnings",
    FORCE_COLOR: "0",
  };
  const results = [{ name: "set-up and build", passed: 1, failed: 0, time: seconds(start) }];
  for (const each of CHECKS) results.push(await check(each, env));
  console.log();
  for (const { name, passed, failed, time } of results) {
    const counts = `${String(passed).padStart(6)} passed${String(failed).padStart(5)} failed`;
    console.log(`${failed === 0 ? "ok  " : "FAIL"} ${name.padEnd(32)}${counts}${time.padStart(10)} s`);
  }
  const total = (/** @type {keyof Counts} */ key) => results.reduce((count, result) => count + result[key], 0);
  console.log(`in ${seconds(start)} s\n\n${total("passed")} passed, ${total("failed")} failed`);
  return total("failed") === 0;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(messageOf(error));
  console.log("\n0 passed, 1 failed");
  process.exitCode = 1;
}
