// What `npm run mutants` decides: which mutants are judged together, what is known of them already, and whether enough
// were caught.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * How a mutant ended, in the words of cargo-mutants.
 *
 * @typedef {{ name: string, outcome: string }} Outcome
 */

/** Of the viable mutants so many must be caught, in percent. */
export const NEEDED_PERCENT = 95;
/** An interruption costs the mutants of one shard at most. */
const MUTANTS_A_SHARD = 12;

/**
 * The Rust files of an entry, which is one or a folder of them.
 *
 * @param {string} root
 * @param {string} entry
 */
export function rustFiles(root, entry) {
  if (entry.endsWith(".rs")) return [entry];
  const names = readdirSync(join(root, entry), { recursive: true, encoding: "utf8" });
  const sources = names.filter((name) => name.endsWith(".rs"));
  return sources.sort().map((name) => join(entry, name));
}

/**
 * The path of a file's module, which the names of its own tests begin with: `policy::journal`.
 *
 * @param {string} file
 */
export function modulePath(file) {
  return file
    .replace(/^src\//, "")
    .replace(/(\/mod)?\.rs$/, "")
    .split("/")
    .join("::");
}

/**
 * Names the state that outcomes hold for: the file, the modules below it, where its tests may lie, and whatever else
 * decides (`settings`).
 *
 * @param {string} root
 * @param {string} file
 * @param {unknown} settings
 */
export function stateOf(root, file, settings) {
  const below = basename(file) === "mod.rs" ? dirname(file) : file.slice(0, -".rs".length);
  const files = new Set([file, ...(existsSync(join(root, below)) ? rustFiles(root, below) : [])]);
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const each of files) hash.update(`\0${each}\0`).update(readFileSync(join(root, each)));
  return hash.digest("hex").slice(0, 16);
}

/**
 * The outcomes of a file's mutants. What `folder` holds of the same state is not run again; what is run is kept there
 * at once, a shard at a time.
 *
 * @param {object} options
 * @param {string} options.folder
 * @param {string} options.file
 * @param {string} options.state
 * @param {number} options.mutants How many there are.
 * @param {(shard: number, shards: number) => Promise<Outcome[]>} options.runShard Judges one of `shards`, from 0 on.
 */
export async function outcomesOf({ folder, file, state, mutants, runShard }) {
  const known = join(folder, modulePath(file).replaceAll("::", "-"), state);
  const shards = Math.ceil(mutants / MUTANTS_A_SHARD);
  /** @type {Outcome[]} */
  const outcomes = [];
  mkdirSync(known, { recursive: true });
  for (let shard = 0; shard < shards; shard++) {
    const kept = join(known, `${shard}-of-${shards}.json`);
    if (!existsSync(kept)) {
      // Under its name only when it is whole: an interrupted write must not count.
      writeFileSync(`${kept}.part`, JSON.stringify(await runShard(shard, shards), null, 1));
      renameSync(`${kept}.part`, kept);
    }
    outcomes.push(...JSON.parse(readFileSync(kept, "utf8")));
  }
  if (outcomes.length !== mutants)
    throw new Error(`${file} has ${mutants} mutants, but ${outcomes.length} were judged`);
  return outcomes;
}

/**
 * The patterns of a configuration of cargo-mutants, one a line, that match none of these names: what they excluded is
 * there no longer, or elsewhere.
 *
 * @param {string} config
 * @param {readonly string[]} names
 */
export function staleExclusions(config, names) {
  const patterns = [...config.matchAll(/^\s*'(.+)',$/gm)].map(([, pattern = ""]) => pattern);
  return patterns.filter((pattern) => !names.some((name) => new RegExp(pattern).test(name)));
}

/**
 * How many mutants ended how. A mutant that doesn't compile is not viable; one whose tests didn't end in time doesn't
 * count as caught, for a busy machine does that, too.
 *
 * @param {readonly Outcome[]} outcomes
 */
export function count(outcomes) {
  const ended = (/** @type {string} */ outcome) => outcomes.filter((each) => each.outcome === outcome).length;
  const [caught, missed, timeouts] = [ended("CaughtMutant"), ended("MissedMutant"), ended("Timeout")];
  const viable = caught + missed + timeouts;
  if (viable + ended("Unviable") !== outcomes.length)
    throw new Error(`an outcome is of no known kind: ${JSON.stringify(outcomes)}`);
  return { viable, caught, missed, timeouts, percent: viable === 0 ? 100 : (caught / viable) * 100 };
}

/**
 * The table of all files and the survivors below it, and whether enough were caught.
 *
 * @param {Record<string, Outcome[]>} outcomesByFile
 */
export function report(outcomesByFile) {
  const rows = Object.entries(outcomesByFile).map(([name, outcomes]) => ({ name, counts: count(outcomes) }));
  const all = Object.values(outcomesByFile).flat();
  const total = count(all);
  const width = Math.max(...rows.map(({ name }) => name.length), "file".length);
  const line = (/** @type {string} */ name, /** @type {readonly (string | number)[]} */ cells) =>
    name.padEnd(width) + cells.map((cell) => String(cell).padStart(10)).join("");
  const cells = (/** @type {ReturnType<typeof count>} */ { viable, caught, missed, timeouts, percent }) => [
    viable,
    caught,
    missed,
    timeouts,
    `${percent.toFixed(1)} %`,
  ];
  const lines = [line("file", ["viable", "caught", "missed", "timeouts", "percent"])];
  for (const { name, counts } of [...rows, { name: "all", counts: total }]) lines.push(line(name, cells(counts)));
  for (const [outcome, word] of [
    ["MissedMutant", "missed"],
    ["Timeout", "timeout"],
  ]) {
    lines.push(...all.filter((each) => each.outcome === outcome).map(({ name }) => `${word}: ${name}`));
  }
  const isEnough = total.viable > 0 && total.percent >= NEEDED_PERCENT;
  lines.push(
    `${total.caught} of ${total.viable} caught: ${isEnough ? "enough" : "too few"}, ${NEEDED_PERCENT} % are needed`,
  );
  return { text: lines.join("\n"), isEnough };
}
