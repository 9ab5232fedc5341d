/**
 * The counters of one process: the table that every budget follows, races, random runs beside a naive model, what they
 * hold in memory.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { Counters, memoryBudget } from "../../src/edge/budget.js";
import { randomNumbers } from "../abuse/hostile-values.mjs";
import { CASES, walk } from "./budget-cases.mjs";

const DAY_MS = 86_400_000;

describe("the budget of a process", () => {
  let nowMs;
  beforeEach(() => {
    nowMs = 1_000.5;
    mock.method(performance, "now", () => nowMs);
  });
  afterEach(() => mock.restoreAll());

  for (const [name, steps] of Object.entries(CASES)) {
    test(name, () =>
      walk(steps, { budget: memoryBudget(), passTime: (passMs) => (nowMs += passMs), check: assert.deepEqual }),
    );
  }

  test("two_budgets_share_nothing", async () => {
    const query = { key: "ann", id: "a", amount: 1, limit: 1, windowMs: 1_000 };
    for (const budget of [memoryBudget(), memoryBudget()]) assert.equal((await budget.take(query)).ok, true);
  });

  test("its_methods_may_be_passed_on_by_themselves", async () => {
    const { take, settle } = memoryBudget();
    const query = { key: "ann", id: "a", amount: 1, limit: 1, windowMs: 1_000 };
    assert.equal((await take(query)).ok, true);
    assert.equal(await settle({ key: "ann", id: "a", amount: 0 }), undefined);
    assert.equal((await take({ ...query, id: "b" })).ok, true);
  });

  test("of_many_takes_at_once_as_many_win_as_fit", async () => {
    const budget = memoryBudget();
    const take = (index) =>
      budget.take({ key: "ann", id: `${index}`, amount: 1 + (index % 3), limit: 100, windowMs: 60_000 });
    const answers = await Promise.all(Array.from({ length: 500 }, (_, index) => take(index)));
    const taken = answers.reduce((sum, { ok }, index) => sum + (ok ? 1 + (index % 3) : 0), 0);
    assert.equal(taken, 100);
  });
});

describe("a wrong argument", () => {
  const right = { key: "ann", id: "a", amount: 1, limit: 1, windowMs: 1_000 };
  const numbers = [undefined, null, "1", NaN, -1, -Infinity, 1n, {}];
  const WRONG = {
    key: [undefined, null, 1, {}],
    id: [undefined, null, 1, Symbol("a")],
    amount: [...numbers, Infinity],
    limit: numbers,
    windowMs: [...numbers, Infinity],
  };
  for (const [member, values] of Object.entries(WRONG)) {
    test(`query.${member}_is_a_TypeError_that_names_it_and_counts_nothing`, async () => {
      const budget = memoryBudget();
      for (const value of values) {
        const wrong = { ...right, [member]: value };
        const refusal = { name: "TypeError", message: new RegExp(`^query\\.${member} must be .+, not .+`) };
        await assert.rejects(budget.take(wrong), refusal);
        if (["key", "id", "amount"].includes(member)) await assert.rejects(budget.settle(wrong), refusal);
      }
      assert.deepEqual(await budget.take(right), { ok: true, retryAfterMs: null });
    });
  }

  test("no_query_at_all_is_one_too", async () => {
    const budget = memoryBudget();
    const refused = (message) => ({ name: "TypeError", message });
    for (const query of [1, "query", []]) await assert.rejects(budget.take(query), refused(/^query must be an object/));
    for (const query of [undefined, null])
      await assert.rejects(budget.settle(query), refused(/^query\.key must be a string/));
  });
});

/**
 * The rules again, in the plainest way: everything ever taken, looked through each time. Amounts are whole, so nothing
 * is rounded.
 */
class Model {
  #taken = [];

  #counted(key, nowMs) {
    return this.#taken.filter((entry) => entry.key === key && nowMs < entry.endMs);
  }

  #fits({ key, amount, limit }, nowMs) {
    return this.#counted(key, nowMs).reduce((sum, entry) => sum + entry.amount, amount) <= limit;
  }

  take(query, nowMs) {
    const { key, id, amount, windowMs } = query;
    if (this.#counted(key, nowMs).some((entry) => entry.id === id)) return { ok: true, retryAfterMs: null };
    if (this.#fits(query, nowMs)) {
      this.#taken.push({ key, id, amount, endMs: nowMs + windowMs });
      return { ok: true, retryAfterMs: null };
    }
    const ends = this.#counted(key, nowMs).map(({ endMs }) => endMs);
    const end = ends.sort((one, other) => one - other).find((endMs) => this.#fits(query, endMs));
    return { ok: false, retryAfterMs: end === undefined ? null : end - nowMs };
  }

  settle({ key, id, amount }, nowMs) {
    const entry = this.#counted(key, nowMs).find((counted) => counted.id === id);
    if (entry !== undefined && amount === 0) this.#taken.splice(this.#taken.indexOf(entry), 1);
    else if (entry !== undefined) entry.amount = amount;
  }
}

describe("random runs", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    test(`answer_as_the_model_does_with_seed_${seed}`, () => {
      const below = randomNumbers(seed);
      const oneOf = (list) => list[below(list.length)];
      const [counters, model] = [new Counters(), new Model()];
      const seen = { yes: 0, later: 0, never: 0 };
      let nowMs = 0;
      for (let step = 0; step < 1_000; step += 1) {
        nowMs += below(3) === 0 ? below(40) : 0;
        const query = { key: oneOf(["ann", "bob"]), id: `${below(12)}`, amount: below(7) };
        if (below(4) === 0) {
          counters.settle(query, nowMs);
          model.settle(query, nowMs);
          continue;
        }
        const take = { ...query, limit: oneOf([3, 8, 8, 8, Infinity]), windowMs: oneOf([10, 100, 100]) };
        const answer = counters.take(take, nowMs);
        assert.deepEqual(answer, model.take(take, nowMs), `step ${step}: ${JSON.stringify(take)} at ${nowMs}`);
        seen[answer.ok ? "yes" : answer.retryAfterMs === null ? "never" : "later"] += 1;
      }
      for (const [answer, times] of Object.entries(seen))
        assert.ok(times > 10, `"${answer}" was answered ${times} times`);
    });
  }

  test("who_waits_as_long_as_was_said_gets_in_and_not_a_millisecond_earlier", () => {
    const below = randomNumbers(7);
    const oneOf = (list) => list[below(list.length)];
    let refused = 0;
    for (let run = 0; run < 200; run += 1) {
      const counters = new Counters();
      for (let count = below(8); count >= 0; count -= 1) {
        const query = { id: `${count}`, amount: oneOf([0.1, 0.2, 1.7, 3]), windowMs: 1 + below(1_000) };
        counters.take({ key: "ann", limit: Infinity, ...query }, 0);
      }
      const query = { key: "ann", id: "new", amount: below(30) / 10, limit: 3, windowMs: 1_000 };
      const { ok, retryAfterMs } = counters.take(query, 0);
      if (ok) continue;
      refused += 1;
      assert.equal(counters.take(query, retryAfterMs - 1).ok, false);
      assert.equal(counters.take(query, retryAfterMs).ok, true);
    }
    assert.ok(refused > 50, `${refused} refused`);
  });
});

describe("its memory", () => {
  const usual = { amount: 1, limit: Infinity, windowMs: 1_000 };

  test("holds_no_more_than_twice_what_counts_though_no_key_is_asked_again", () => {
    const counters = new Counters();
    let most = 0;
    for (let index = 0; index < 50_000; index += 1) {
      counters.take({ ...usual, key: `${index}`, id: "a" }, index);
      most = Math.max(most, counters.size);
    }
    assert.ok(most <= 2_000, `${most} ids were held, of which 1000 counted`);
  });

  test("lets_the_expired_ids_of_a_key_go_when_it_is_asked", () => {
    const counters = new Counters();
    for (let index = 0; index < 10_000; index += 1) counters.take({ ...usual, key: "ann", id: `${index}` }, 0);
    assert.equal(counters.size, 10_000);
    counters.take({ ...usual, key: "ann", id: "new" }, 1_000);
    assert.equal(counters.size, 1);
  });

  test("keeps_nothing_of_what_was_refused_given_back_or_never_known", () => {
    const counters = new Counters();
    for (let index = 0; index < 100; index += 1) {
      const key = `${index}`;
      counters.take({ ...usual, key, id: "a", limit: 0 }, 0);
      counters.settle({ key, id: "b", amount: 5 });
      counters.take({ ...usual, key, id: "c", windowMs: DAY_MS }, 0);
      counters.settle({ key, id: "c", amount: 0 });
    }
    assert.equal(counters.size, 0);
  });
});
