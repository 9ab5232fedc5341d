// What `npm run mutants` decides. The run itself takes too long to be a test.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { modulePath, outcomesOf, report, rustFiles, staleExclusions, stateOf } from "../../build/mutation-score.mjs";

const FILE = "src/policy/journal.rs";

/** A folder that is gone after the test. */
function scratch(t) {
  const folder = mkdtempSync(join(tmpdir(), "mutation-score-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const many = (count, outcome) =>
  Array.from({ length: count }, (_, index) => ({ name: `${FILE}:${index + 1}:1: ${outcome}`, outcome }));

test("a_run_that_was_interrupted_goes_on_with_the_shard_that_it_was_in", async (t) => {
  const folder = scratch(t);
  const ran = [];
  let interruptedAt = 2;
  const judge = (state) =>
    outcomesOf({
      folder,
      file: FILE,
      state,
      mutants: 40,
      runShard: async (shard, shards) => {
        if (shard === interruptedAt) throw new Error("interrupted");
        ran.push(shard);
        return many(40 / shards, "CaughtMutant");
      },
    });
  await assert.rejects(judge("one"), /^Error: interrupted$/);
  assert.deepEqual(ran, [0, 1]);
  interruptedAt = undefined;
  assert.equal((await judge("one")).length, 40);
  assert.deepEqual(ran, [0, 1, 2, 3]);
  await judge("one");
  assert.deepEqual(ran, [0, 1, 2, 3]);
  await judge("another");
  assert.deepEqual(ran, [0, 1, 2, 3, 0, 1, 2, 3]);
});

test("outcomes_hold_until_the_file_or_a_module_below_it_or_a_setting_changes", (t) => {
  const root = scratch(t);
  mkdirSync(join(root, "src/policy/journal"), { recursive: true });
  const write = (name, text) => writeFileSync(join(root, "src/policy", name), text);
  const state = (settings = [1]) => stateOf(root, FILE, settings);
  write("journal.rs", "mod tests;");
  write("journal/tests.rs", "one");
  const first = state();
  write("retry.rs", "another file");
  assert.equal(state(), first);
  assert.notEqual(state([2]), first);
  write("journal/tests.rs", "two");
  const second = state();
  assert.notEqual(second, first);
  write("journal.rs", "mod tests; ");
  assert.notEqual(state(), second);
});

test("a_folder_is_judged_file_by_file_each_by_the_tests_of_its_module", (t) => {
  const root = scratch(t);
  mkdirSync(join(root, "src/policy/retry"), { recursive: true });
  for (const name of ["retry/after.rs", "mod.rs", "clock.rs", "note.md"])
    writeFileSync(join(root, "src/policy", name), "");
  const files = rustFiles(root, "src/policy");
  assert.deepEqual(files.map(modulePath), ["policy::clock", "policy", "policy::retry::after"]);
  assert.deepEqual(rustFiles(root, FILE), [FILE]);
});

test("less_than_95_percent_of_the_viable_mutants_is_too_few_and_what_only_timed_out_is_not_caught", () => {
  for (const [caught, missed, timeouts, isEnough] of [
    [95, 5, 0, true],
    [94, 6, 0, false],
    [95, 0, 5, true],
    [94, 0, 6, false],
    [20, 0, 0, true],
    [0, 0, 0, false],
  ]) {
    const outcomes = [
      ...many(caught, "CaughtMutant"),
      ...many(missed, "MissedMutant"),
      ...many(timeouts, "Timeout"),
      ...many(50, "Unviable"),
    ];
    const { text, isEnough: decided } = report({ [FILE]: outcomes });
    assert.equal(decided, isEnough, text);
    assert.match(text, new RegExp(`^${caught} of ${caught + missed + timeouts} caught: `, "m"));
    assert.equal(text.match(/^(missed|timeout): /gm)?.length ?? 0, missed + timeouts);
  }
});

test("a_pattern_that_excludes_nothing_is_told", () => {
  const config = [
    "exclude_re = [",
    "  # No time left is no time left.",
    String.raw`  'policy/journal\.rs:.* replace < with <= in left_ms',`,
    String.raw`  'policy/journal\.rs:\d+:24: replace > with (==|>=) in keep',`,
    "]",
  ].join("\n");
  const [left, kept] = [`${FILE}:3:17: replace < with <= in left_ms`, `${FILE}:9:24: replace > with == in keep`];
  assert.deepEqual(staleExclusions(config, [left, kept]), []);
  const moved = kept.replace(":24:", ":28:");
  const stale = String.raw`policy/journal\.rs:\d+:24: replace > with (==|>=) in keep`;
  assert.deepEqual(staleExclusions(config, [left, moved]), [stale]);
  assert.equal(staleExclusions(config, []).length, 2);
});

test("an_outcome_of_an_unknown_kind_is_no_outcome", () => {
  assert.throws(() => report({ [FILE]: many(1, "Failure") }), /is of no known kind/);
});
