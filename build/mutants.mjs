// `npm run mutants [-- part of a file's name …]`: changes the code a little, one change at a time, and tells which
// changes no test notices. A rule's changes are judged by the tests of its own module, those of the client's money path
// by the tests of the simulation and a short run of it. Outcomes are kept in target/mutants/outcomes: a run that was
// interrupted goes on where it was, and a file that has not changed is not judged again. With `--fresh` all are: what a
// file takes from other files, and the tests of the simulation, count only then.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { modulePath, outcomesOf, report, rustFiles, staleExclusions, stateOf } from "./mutation-score.mjs";
import { messageOf, run, seconds, step } from "./run.mjs";
import { root } from "./versions.mjs";

/** @typedef {import("./mutation-score.mjs").Outcome} Outcome */
/** @typedef {{ scenario: { Mutant: { name: string } }, summary: string }} Judged As cargo-mutants writes it. */

/**
 * By what a file's changes are judged.
 *
 * @typedef {object} Judge
 * @property {readonly string[]} build What Cargo is told for the build and for the tests.
 * @property {(file: string) => string[]} tests What the tests are told: which of them run.
 * @property {number} timeoutS Ten times what the slowest file's tests take on a busy machine.
 */

/** @type {Judge} */
const OWN_TESTS = { build: ["--lib"], tests: (file) => [`${modulePath(file)}::`], timeoutS: 30 };
/** @type {Judge} */
const SIMULATION = { build: ["--features", "emulator", "--test", "simulation"], tests: () => [], timeoutS: 120 };

/** What is judged: files, and folders of files. */
const JUDGED = [
  { entry: "src/policy", judge: OWN_TESTS },
  { entry: "src/client/submission.rs", judge: SIMULATION },
  { entry: "src/client/attempts.rs", judge: SIMULATION },
  { entry: "src/client/verdict.rs", judge: SIMULATION },
  { entry: "src/client/journal.rs", judge: SIMULATION },
  { entry: "src/client/journal", judge: SIMULATION },
  { entry: "src/client/entry.rs", judge: SIMULATION },
  { entry: "src/client/sent_attempts.rs", judge: SIMULATION },
];

const CONFIG = ".cargo/mutants.toml";
const VERSION = "27.1.0";
const BUILD_TIMEOUT_S = 300;
/** Every mutant meets the same made-up cases, and the first that fails is enough. */
const ENV = {
  PROPTEST_RNG_SEED: "1",
  PROPTEST_MAX_SHRINK_ITERS: "0",
  PROPTEST_DISABLE_FAILURE_PERSISTENCE: "1",
  SIMULATION_GENERATIONS: "300",
  // Nobody debugs a mutant.
  CARGO_PROFILE_DEV_DEBUG: "0",
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

/**
 * A file's tests pass while nothing is changed: else every change would count as caught.
 *
 * @param {string} file
 * @param {Judge} judge
 */
async function testUnchanged(file, { build, tests }) {
  const output = await run("cargo", ["test", "--no-default-features", ...build, "--", ...tests(file)], {
    quiet: true,
    cwd: tree,
    env: ENV,
  });
  if (/^test result: ok\. [1-9]/m.test(output)) return;
  throw new Error(`${file} has no test that judges it: cargo test ${[...build, "--", ...tests(file)].join(" ")}`);
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
 * @param {Judge} judge
 * @param {number} shard
 * @param {number} shards
 * @returns {Promise<Outcome[]>}
 */
async function runShard(file, { build, tests, timeoutS }, shard, shards) {
  const out = join(home, "mutants.out");
  rmSync(out, { recursive: true, force: true });
  const limits = ["--baseline", "skip", "--timeout", timeoutS, "--build-timeout", BUILD_TIMEOUT_S];
  const where = ["--in-place", "--shard", `${shard}/${shards}`, "--output", home];
  const targets = build.map((arg) => `--cargo-arg=${arg}`);
  const args = [...mutantsOf(file), ...where, ...limits, ...targets, "--", "--", ...tests(file)];
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
  const judged = JUDGED.flatMap(({ entry, judge }) => rustFiles(root, entry).map((file) => ({ file, judge })));
  const isChosen = (/** @type {string} */ file) =>
    positionals.length === 0 || positionals.some((part) => file.includes(part));
  const files = judged.map(({ file }) => file);
  if (!files.some(isChosen))
    throw new Error(`none of these has ${positionals.join(" or ")} in its name: ${files.join(", ")}`);
  await setUpTool();
  copySources();
  await checkExclusions(files);
  /** @type {Record<string, Outcome[]>} */
  const outcomesByFile = {};
  for (const { file, judge } of judged) {
    if (!isChosen(file)) continue;
    const start = performance.now();
    const mutants = await listMutants(mutantsOf(file));
    if (mutants.length === 0) continue;
    if (values.fresh) rmSync(join(outcomes, modulePath(file).replaceAll("::", "-")), { recursive: true, force: true });
    let ran = 0;
    outcomesByFile[file] = await outcomesOf({
      folder: outcomes,
      file,
      state: stateOf(tree, file, [VERSION, judge.build, judge.timeoutS, ENV, mutants]),
      mutants: mutants.length,
      runShard: async (shard, shards) => {
        if (ran++ === 0) await testUnchanged(file, judge);
        return runShard(file, judge, shard, shards);
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
