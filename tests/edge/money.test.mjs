/** What a caller is charged stays counted, in whatever order answers come, get lost, or say otherwise. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryBudget } from "rivya-wasm/edge";
import { API_KEY, answer, recordingApi, startProxy } from "../support/edge.mjs";
import { until } from "../support/until.mjs";

const task = (id, reserved_credits, status = "queued") => answer(202, { id, status, reserved_credits });
const refusal = (status) => answer(status, { error: { code: "insufficient_credits", message: "No." } });
const lost = () => {
  throw new TypeError("fetch failed");
};
/** A proxy that allows `limits`, over an API that answers each submission by `answers`, in turn. */
const proxyOver = (limits, answers) => {
  const api = recordingApi(({ body }, index) => (body === null ? undefined : answers(index)));
  return startProxy({ limits: { budget: memoryBudget(), ...limits }, fetch: api.fetch, api });
};

describe("credits", () => {
  for (const status of [402, 403, 404])
    test(`of_a_submission_whose_answer_was_lost_stay_counted_when_its_repeat_is_refused_with_${status}`, async () => {
      let calls = 0;
      const { submit } = proxyOver({ creditsPerDay: 1, concurrentGenerations: 5 }, () =>
        (calls += 1) === 1 ? lost() : refusal(status),
      );
      assert.equal((await submit({ key: "one" })).status, 502);
      assert.equal((await submit({ key: "one" })).status, status);
      assert.equal((await submit({ key: "two" })).json.error.message, "At most 1 credits in 24 hours.");
    });

  test("stay_counted_when_of_two_at_once_the_refused_one_is_answered_first", async () => {
    let accept;
    const accepted = new Promise((resolve) => (accept = resolve));
    let calls = 0;
    const { submit } = proxyOver({ creditsPerDay: 5 }, () => ((calls += 1) === 1 ? accepted : refusal(402)));
    const first = submit({ key: "one" });
    await until(() => calls === 1, { what: "the first is sent" });
    assert.equal((await submit({ key: "one" })).status, 402);
    accept(task("task_1", 5));
    assert.equal((await first).status, 202);
    assert.equal((await submit({ key: "two" })).json.error.message, "At most 5 credits in 24 hours.");
  });

  test("stay_counted_when_of_two_at_once_the_refused_one_is_answered_last", async () => {
    let refuse;
    const refused = new Promise((resolve) => (refuse = resolve));
    let calls = 0;
    let accept;
    const accepted = new Promise((resolve) => (accept = resolve));
    const { submit } = proxyOver({ creditsPerDay: 5 }, () => ((calls += 1) === 1 ? accepted : refused));
    const first = submit({ key: "one" });
    await until(() => calls === 1, { what: "the first is sent" });
    const second = submit({ key: "one" });
    await until(() => calls === 2, { what: "the second is sent" });
    accept(task("task_1", 5));
    assert.equal((await first).status, 202);
    refuse(refusal(402));
    assert.equal((await second).status, 402);
    assert.equal(calls, 2);
    assert.equal((await submit({ key: "two" })).json.error.message, "At most 5 credits in 24 hours.");
  });

  test("that_a_repeat_shows_for_the_first_time_are_counted_once", async () => {
    for (const first of [lost, () => task("task_1", 2)]) {
      let calls = 0;
      const { submit } = proxyOver({ creditsPerDay: 4 }, () => ((calls += 1) === 1 ? first() : task("task_1", 2)));
      for (let times = 0; times < 3; times += 1) await submit({ key: "one" });
      assert.equal((await submit({ key: "two" })).status, 202, "two of four are left");
      assert.equal((await submit({ key: "three" })).status, 402);
    }
  });

  test("are_raised_by_the_answer_to_a_repeat_that_shows_more", async () => {
    let calls = 0;
    const { submit } = proxyOver({ creditsPerDay: 5 }, () => task("task_1", (calls += 1) === 1 ? 2 : 5));
    for (let times = 0; times < 2; times += 1) assert.equal((await submit({ key: "one" })).status, 202);
    assert.equal((await submit({ key: "two" })).status, 402);
  });

  test("are_not_lowered_by_the_answer_to_a_repeat", async () => {
    let calls = 0;
    const { submit } = proxyOver({ creditsPerDay: 5 }, () => task("task_1", (calls += 1) === 1 ? 5 : 0, "failed"));
    for (let times = 0; times < 2; times += 1) assert.equal((await submit({ key: "one" })).status, 202);
    assert.equal((await submit({ key: "two" })).status, 402);
  });
});

describe("a place", () => {
  test("is_given_back_where_the_answer_to_a_submission_is_its_end", async () => {
    const { submit } = proxyOver({ concurrentGenerations: 1 }, (index) => task(`task_${index}`, 0, "failed"));
    assert.equal((await submit({ key: "one" })).status, 202);
    assert.equal((await submit({ key: "two" })).status, 202);
  });

  test("goes_over_to_the_task_where_only_a_repeat_was_answered", async () => {
    let calls = 0;
    const { submit, ask } = proxyOver({ concurrentGenerations: 1 }, () =>
      (calls += 1) === 1 ? lost() : task("task_1", 1),
    );
    assert.equal((await submit({ key: "one" })).status, 502);
    const { json } = await submit({ key: "one" });
    assert.equal((await submit({ key: "two" })).status, 429);
    await ask(`/generations/${json.id}`);
    assert.equal((await submit({ key: "two" })).status, 202);
  });

  test("is_given_back_where_the_budget_fails_behind_it", async () => {
    const good = memoryBudget();
    let fails = true;
    const take = (query) =>
      fails && query.key.startsWith("credits:") ? Promise.reject(new Error("down")) : good.take(query);
    const { submit } = proxyOver(
      { creditsPerDay: 50, concurrentGenerations: 1, budget: { take, settle: good.settle } },
      () => task("task_1", 1),
    );
    assert.equal((await submit({ key: "one" })).status, 503);
    fails = false;
    assert.equal((await submit({ key: "two" })).status, 202);
  });
});

describe("an api that never answers", () => {
  test("is_given_up_after_a_minute_and_what_was_taken_for_it_stays_counted", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { submit } = proxyOver({ creditsPerDay: 1 }, () => new Promise(() => {}));
    let answered;
    const asking = submit({ key: "one" }).then((answer) => (answered = answer));
    while (answered === undefined) {
      await new Promise(setImmediate);
      t.mock.timers.tick(5_000);
    }
    await asking;
    assert.deepEqual([answered.status, answered.json.error.code], [504, "upstream_timeout"]);
    assert.equal((await submit({ key: "two" })).status, 402);
  });
});

describe("a key", () => {
  test("that_the_api_echoes_before_a_quote_leaves_its_json_whole", async () => {
    const { submit } = proxyOver({}, () =>
      answer(202, { id: "task_1", status: "queued", note: `${API_KEY}"b ${API_KEY}\\` }),
    );
    const { status, json } = await submit({ key: "one" });
    assert.deepEqual([status, json.note], [202, '…"b …\\']);
  });
});
