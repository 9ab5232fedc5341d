/** A small run of what `npm run bench:chaos` does with 2,000 generations. `SEED` repeats a run. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { clock, createClient } from "./harness.mjs";
import { runChaos } from "./chaos.mjs";

const { createEmulator } = await import("rivya-wasm/emulator");
const GENERATIONS = 200;
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

const NAMES = {
  replay: "each_is_charged_once_and_delivered",
  conflict_while_running: "each_is_charged_once_and_delivered",
  conflict: "each_is_charged_once_and_what_nobody_can_know_is_kept_in_doubt",
  ignored: "each_is_delivered_and_what_is_repeated_costs",
};
for (const [idempotency, name] of Object.entries(NAMES)) {
  test(`through_faults_and_closed_tabs_${name}_where_a_repeat_gets_${idempotency}_with_seed_${SEED}`, async (t) => {
    const { problems, ...figures } = await runChaos(
      { generations: GENERATIONS, seed: SEED, idempotency },
      { createClient, createEmulator, clock },
    );
    t.diagnostic(
      Object.entries(figures)
        .map(([what, count]) => `${what} ${count}`)
        .join(", "),
    );
    assert.deepEqual(problems, []);
    // It was chaos indeed.
    assert.ok(figures.tabsClosed > 10 && figures.submissions > GENERATIONS, JSON.stringify(figures));
    assert.equal(figures.delivered + figures.inDoubt, GENERATIONS);
    assert.equal(figures.inDoubt > 0, idempotency === "conflict");
    if (idempotency === "ignored") assert.ok(figures.charges > GENERATIONS);
    else assert.equal(figures.charges, GENERATIONS);
  });
}
