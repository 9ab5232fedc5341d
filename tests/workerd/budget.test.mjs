/**
 * The example's budget in workerd: a Durable Object that counts as the budget of a process does, and leaves nothing
 * behind.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compatibilityDate } from "../../build/example-server.mjs";
import { startWorkerd } from "../../build/workerd.mjs";
import { CASES, walk } from "../edge/budget-cases.mjs";
import { until } from "../support/until.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

describe("the budget of a Durable Object", () => {
  let workerd;
  before(async () => {
    workerd = await startWorkerd({
      compatibilityDate,
      modules: { "worker.mjs": path("budget-worker.mjs"), "budget.js": path("../../examples/worker/budget.js") },
      durableObjects: { BUDGET: "RivyaBudget" },
    });
  });
  after(() => workerd?.stop());

  // Each test has objects of its own, and begins now.
  let tests = 0;
  beforeEach(async () => {
    tests += 1;
    await ask("/set-clock", {});
  });
  const own = (key) => `${tests} ${key}`;

  async function ask(route, query) {
    const ownKey = "key" in query ? { key: own(query.key) } : {};
    const body = JSON.stringify({ ...query, ...ownKey }, (_, value) => (value === Infinity ? "Infinity" : value));
    const response = await fetch(`${workerd.origin}${route}`, { method: "POST", body });
    assert.equal(response.status, 200, workerd.log());
    return response.json();
  }
  const budget = { take: (query) => ask("/take", query), settle: (query) => ask("/settle", query) };
  const passTime = (passMs) => ask("/pass", { passMs });
  const state = (key) => ask("/state", { key });

  for (const [name, steps] of Object.entries(CASES)) {
    test(name, () => walk(steps, { budget, passTime, check: assert.deepEqual }));
  }

  test("of_many_takes_at_once_as_many_win_as_fit", async () => {
    const amountOf = (index) => 1 + (index % 3);
    const take = (index) =>
      budget.take({ key: "ann", id: `${index}`, amount: amountOf(index), limit: 100, windowMs: 60_000 });
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => take(index)));
    assert.equal(
      answers.reduce((sum, { ok }, index) => sum + (ok ? amountOf(index) : 0), 0),
      100,
    );
  });

  test("of_many_takes_at_once_under_one_id_one_is_counted", async () => {
    const query = { key: "ann", id: "same", amount: 5, limit: 10, windowMs: 60_000 };
    const answers = await Promise.all(Array.from({ length: 50 }, () => budget.take(query)));
    assert.ok(answers.every(({ ok }) => ok));
    assert.equal((await budget.take({ ...query, id: "other" })).ok, true);
    assert.equal((await budget.take({ ...query, id: "third" })).ok, false);
  });

  test("an_object_whose_ids_have_all_expired_empties_itself_and_counts_again_when_asked", async () => {
    const query = { key: "ann", id: "a", amount: 1, limit: 1, windowMs: 50 };
    assert.equal((await budget.take(query)).ok, true);
    await passTime(50);
    await until(async () => (await state("ann")).tables === 0, {
      what: "its alarm has come, and it has emptied itself",
    });
    assert.deepEqual(await state("ann"), { tables: 0, ids: [], alarmInMs: null });
    assert.deepEqual(await budget.take({ ...query, windowMs: 60_000 }), { ok: true, retryAfterMs: null });
    assert.deepEqual(await state("ann"), { tables: 1, ids: ["a"], alarmInMs: 60_000 });
  });

  test("an_object_with_an_id_left_forgets_the_others_and_comes_back_when_that_one_ends", async () => {
    await budget.take({ key: "ann", id: "short", amount: 1, limit: 10, windowMs: 30_000 });
    await budget.take({ key: "ann", id: "long", amount: 1, limit: 10, windowMs: 60_000 });
    assert.deepEqual(await state("ann"), { tables: 1, ids: ["long", "short"], alarmInMs: 30_000 });
    await passTime(30_000);
    await ask("/ring", { key: "ann" });
    assert.deepEqual(await state("ann"), { tables: 1, ids: ["long"], alarmInMs: 30_000 });
  });

  test("what_was_refused_or_never_known_leaves_no_object_behind", async () => {
    await budget.settle({ key: "ann", id: "a", amount: 5 });
    assert.deepEqual(await state("ann"), { tables: 0, ids: [], alarmInMs: null });
    assert.equal((await budget.take({ key: "ann", id: "a", amount: 2, limit: 1, windowMs: 50 })).ok, false);
    await until(async () => (await state("ann")).tables === 0, {
      what: "its alarm has come, and it has emptied itself",
    });
  });
});
