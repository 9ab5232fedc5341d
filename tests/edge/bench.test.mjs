// That the bench runs and measures: not what. Other work on the machine must not fail a test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { benchEdge, report } from "../../benches/edge.mjs";

test("the_bench_compares_right_answers_of_both_sides_and_prints_each_target", async () => {
  const measured = await benchEdge({ connections: 4, turns: 2, requests: 40, uploads: 1, starts: 1 });
  for (const ratio of [measured.polls.ratio.median, measured.upload.ratio.median])
    assert.ok(Number.isFinite(ratio) && ratio > 0, `${ratio}`);
  assert.ok(Number.isFinite(measured.start.ms));
  assert.equal(report(measured).match(/^(met|MISSED)/gm).length, process.platform === "linux" ? 4 : 3);
});
