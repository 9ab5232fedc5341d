// `npm run mutants [-- part of a file's name …]`: changes the rules a little, one change at a time, and tells which
// changes no test notices. A file's changes are judged by the tests of its own module. Outcomes are kept in
// target/mutants/outcomes: a run that was interrupted goes on where it was, and a file that has not changed is not
// judged again. With `--fresh` all are: what a file takes from other files counts only then.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { modulePath, outcomesOf, report, rustFiles, staleExclusions, stateOf } from "./mutation-score.mjs";
import { messageOf, run, seconds, step } from "./run.mjs";
import { root } from "./versions.mjs";

/** @typedef {import("./mutation-score.mjs").Outcome} Outcome */
/** @typedef {{ scenario: { Mutant: { name: string } }, summary: string }} Judged As cargo-mutants writes it. */

/** What is judged: files, and folders of files. */
const JUDGED = ["src/policy"];

const CONFIG = ".cargo/mutants.toml";
const VERSION = "27.1.0";
/** Ten times what the slowest file's tests take on a busy machine. */
const TEST_TIMEOUT_S = 30;
const BUILD_TIMEOUT_S = 300;
/** Every mutant meets the same made-up cases, and the first that fails is enough. */
const ENV = {
  PROPTEST_RNG_SEED: "1",
  PROPTEST_MAX_SHRINK_ITERS: "0",
  PROPTEST_DISABLE_FAILURE_PERSISTENCE: "1",
  CARGO_TERM_COLOR: "never",
};
/** What the rules' tests are built from. */
const SOURCES = ["Cargo.toml", "Cargo.lock", ".cargo", "build", "src", "tests", "benches"];

const home = join(root, "target/mutants");
const outcomes = join(home, "outcomes");
/** A copy of the sources, changed in place: one that is interrupted leaves its change there. */
const tree = join(home, "tree");
const toolFolder = join(root, "target/tools/mutants");
const tool = join(toolFolder, "bin/cargo-mutants");

async function setUpTool() {
  const installed = existsSync(tool) ? await run(tool, ["mutants", "--version"], { quiet: true }) : "";
  if (installed.trim().endsWith(` ${VERSION}`)) return;
  const args = [
    "install",
    "cargo-mutants",
    "--version",
    VERSION,
    "--locked",
    "--debug",
    "--force",
    "--root",
    toolFolder,
  ];
  await step(`cargo-mutants ${VERSION}`, () =>
    run("cargo", args, { quiet: true, env: { CARGO_PROFILE_DEV_DEBUG: "0" } }),
  );
}

/** Copies with new times: Cargo would take a change that is undone under an old time for one that is still there. */
function copySources() {
  mkdirSync(tree, { recursive: true });
  for (const name of readdirSync(tree)) if (name !== "target") rmSync(join(tree, name), { recursive: true });
  for (const name of SOURCES) cpSync(join(root, name), join(tree, name), { recursive: true });
}

const cargoTest = (/** @type {string} */ file) => ["--lib", "--", `${modulePath(file)}::`];

/**
 * A file's tests pass while nothing is changed: else every change would count as caught.
 *
 * @param {string} file
 */
async function testUnchanged(file) {
  const output = await run("cargo", ["test", "--no-default-features", ...cargoTest(file)], {
    quiet: true,
    cwd: tree,
    env: ENV,
  });
  if (/^test result: ok\. [1-9]/m.test(output)) return;
  throw new Error(`${file} has no test of its own: none is named ${modulePath(file)}::…`);
}

const mutantsOf = (/** @type {string[]} */ ...files) => [
  "mutants",
  "--dir",
  tree,
  ...files.flatMap((file) => ["--file", file]),
];

/**
 * The names of mutants: without those that .cargo/mutants.toml excludes, unless `--no-config` says otherwise.
 *
 * @param {readonly string[]} args
 */
async function listMutants(args) {
  /** @type {{ name: string }[]} */
  const mutants = JSON.parse(await run(tool, [...args, "--list", "--json"], { quiet: true }));
  return mutants.map(({ name }) => name);
}

/**
 * A pattern that excludes nothing is not what was meant: with the line or the column that it names, code has moved.
 *
 * @param {readonly string[]} files
 */
async function checkExclusions(files) {
  const config = readFileSync(join(tree, CONFIG), "utf8");
  const stale = staleExclusions(config, await listMutants([...mutantsOf(...files), "--no-config"]));
  if (stale.length > 0) throw new Error(`${CONFIG} excludes what is none of the mutants: ${stale.join(" and ")}`);
}

/**
 * Judges one of a file's shards, from 0 on.
 *
 * @param {string} file
 * @param {number} shard
 * @param {number} shards
 * @returns {Promise<Outcome[]>}
 */
async function runShard(file, shard, shards) {
  const out = join(home, "mutants.out");
  rmSync(out, { recursive: true, force: true });
  const limits = ["--baseline", "skip", "--timeout", TEST_TIMEOUT_S, "--build-timeout", BUILD_TIMEOUT_S];
  const where = ["--in-place", "--shard", `${shard}/${shards}`, "--output", home];
  const args = [...mutantsOf(file), ...where, ...limits, "--", ...cargoTest(file)];
  // It fails where a mutant survives, too; what it did stands in the file.
  const said = await run(tool, args.map(String), { quiet: "both", env: ENV }).catch(messageOf);
  const written = join(out, "outcomes.json");
  /** @type {{ outcomes: Judged[], end_time?: string | null } | undefined} */
  const judged = existsSync(written) ? JSON.parse(readFileSync(written, "utf8")) : undefined;
  // Without the time of its end it was interrupted.
  if (!judged?.end_time) throw new Error(`${file}: not all mutants were judged\n${said}`);
  return judged.outcomes.map(({ scenario, summary }) => ({ name: scenario.Mutant.name, outcome: summary }));
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { fresh: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const files = JUDGED.flatMap((entry) => rustFiles(root, entry));
  const chosen = files.filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
  if (chosen.length === 0)
    throw new Error(`none of these has ${positionals.join(" or ")} in its name: ${files.join(", ")}`);
  await setUpTool();
  copySources();
  await checkExclusions(files);
  /** @type {Record<string, Outcome[]>} */
  const outcomesByFile = {};
  for (const file of chosen) {
    const start = performance.now();
    const mutants = await listMutants(mutantsOf(file));
    if (mutants.length === 0) continue;
    if (values.fresh) rmSync(join(outcomes, modulePath(file).replaceAll("::", "-")), { recursive: true, force: true });
    let ran = 0;
    outcomesByFile[file] = await outcomesOf({
      folder: outcomes,
      file,
      state: stateOf(tree, file, [VERSION, TEST_TIMEOUT_S, ENV, mutants]),
      mutants: mutants.length,
      runShard: async (shard, shards) => {
        if (ran++ === 0) await testUnchanged(file);
        return runShard(file, shard, shards);
      },
    });
    console.log(`${file}: ${ran === 0 ? "known" : `${seconds(start)} s`}`);
  }
  const { text, isEnough } = report(outcomesByFile);
  console.log(`\n${text}`);
  return isEnough;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
