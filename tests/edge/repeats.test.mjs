/**
 * Repeats of a submission against the limits: nothing is counted twice, nothing goes uncounted, and what surely was not
 * begun is kept by nobody.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryBudget } from "rivya-wasm/edge";
import { createEmulator } from "rivya-wasm/emulator";
import { answer, recordingApi, refusal, startProxy } from "../support/edge.mjs";
import { until, withResolvers } from "../support/until.mjs";

const BODY = { model: "nano-banana-2", prompt: "a hill" };
/** What the catalogue and the emulator say that it costs. */
const CREDITS = 5;
const REPEATS = 50;

const lost = () => Promise.reject(new TypeError("fetch failed"));
const task = (id, reserved_credits = 1, status = "queued") => answer(202, { id, status, reserved_credits });

/** A proxy with limits before an emulator that begins a task for each submission, whatever its key. */
async function beforeForgetful(limits) {
  const emulator = await createEmulator({ idempotency: "ignored", credits: 10_000 });
  const { submit, ask } = startProxy({
    apiKey: emulator.options.apiKey,
    upstream: emulator.options.baseUrl,
    fetch: emulator.options.fetch,
    limits: { budget: memoryBudget(), ...limits },
  });
  const charged = () => emulator.ledger().charges.reduce((sum, { credits }) => sum + credits, 0);
  return { submit: (key) => submit({ key, body: BODY }), ask, charged, tasks: () => emulator.ledger().charges.length };
}

/** A proxy with limits before an API that answers submissions by `answers`, in turn. */
function before(limits, answers) {
  let submissions = 0;
  const api = recordingApi(({ method }) => (method === "POST" ? answers[(submissions += 1) - 1]() : undefined));
  const started = startProxy({ api, limits: { budget: memoryBudget(), ...limits } });
  return {
    ...started,
    sent: () => submissions,
    codeOf: async (key) => (({ status, json }) => [status, json.error?.code])(await started.submit({ key })),
  };
}

describe("an API that begins a task for each repeat", () => {
  test("charges_no_more_than_the_credits_of_a_day_and_the_one_repeat_that_went_over_them", async () => {
    const { submit, charged } = await beforeForgetful({ creditsPerDay: 10 });
    const statuses = [];
    for (let times = 0; times < REPEATS; times += 1) statuses.push((await submit("one")).status);
    assert.ok(charged() <= 10 + CREDITS, `${charged()} credits`);
    assert.deepEqual([statuses[0], statuses[1], statuses.at(-1)], [202, 202, 402]);
    assert.equal(statuses.filter((status) => status === 402).length, REPEATS - charged() / CREDITS);
    assert.equal((await submit("another")).status, 402, "they are counted for the caller's other submissions, too");
  });

  test("begins_no_more_at_once_than_there_are_places_and_the_one_repeat_that_went_over_them", async () => {
    const { submit, tasks } = await beforeForgetful({ concurrentGenerations: 2 });
    const answers = [];
    for (let times = 0; times < REPEATS; times += 1) answers.push(await submit("one"));
    assert.ok(tasks() <= 3, `${tasks()} tasks`);
    assert.deepEqual([answers.at(-1).status, answers.at(-1).json.error.code], [429, "too_many_at_once"]);
    assert.equal((await submit("another")).status, 429);
  });

  test("begins_no_more_where_all_repeats_come_at_once", async () => {
    const { submit, charged } = await beforeForgetful({ creditsPerDay: 10, concurrentGenerations: 2 });
    for (const key of ["one", "one", "two"]) await Promise.all(Array.from({ length: REPEATS }, () => submit(key)));
    assert.ok(charged() <= 10 + CREDITS, `${charged()} credits`);
  });
});

describe("an answer that is given again", () => {
  test("counts_nothing_however_often_and_needs_no_room", async () => {
    const { submit, codeOf } = before({ creditsPerDay: 2, concurrentGenerations: 2 }, [
      ...Array.from({ length: 20 }, () => () => task("task_1")),
      () => task("task_2"),
      () => task("task_1"),
    ]);
    for (let times = 0; times < 20; times += 1) assert.equal((await submit({ key: "one" })).status, 202);
    assert.equal((await submit({ key: "two" })).status, 202, "half of both is left");
    assert.deepEqual(await codeOf("three"), [429, "too_many_at_once"]);
    assert.equal((await submit({ key: "one" })).status, 202, "nothing is left, and nothing is needed");
  });

  test("takes_no_place_after_its_task_has_ended", async () => {
    const { submit, ask } = before({ concurrentGenerations: 1 }, [
      () => task("task_1"),
      () => task("task_1"),
      () => task("task_2"),
    ]);
    const { json } = await submit({ key: "one" });
    await ask(`/generations/${json.id}`);
    await submit({ key: "one" });
    assert.equal((await submit({ key: "two" })).status, 202);
  });
});

describe("a refusal", () => {
  for (const status of [401, 403, 429]) {
    for (const [name, refuse] of [
      ["in_the_apis_envelope", () => refusal(status, "no")],
      ["as_a_page_of_a_gateways", () => new Response("<p>", { status, headers: { "Content-Type": "text/html" } })],
    ]) {
      test(`with_${status}_${name}_keeps_neither_credits_nor_a_place`, async () => {
        const { submit, sent } = before({ creditsPerDay: 1, concurrentGenerations: 1 }, [
          refuse,
          refuse,
          () => task("task_1"),
        ]);
        assert.equal((await submit({ key: "one" })).status, status);
        assert.equal((await submit({ key: "two" })).status, status);
        assert.equal((await submit({ key: "three" })).status, 202);
        assert.equal(sent(), 3);
      });

      test(`with_${status}_${name}_of_a_repeat_frees_nothing_of_what_is_in_doubt`, async () => {
        const { submit, codeOf, sent } = before({ creditsPerDay: 1, concurrentGenerations: 1 }, [
          lost,
          refuse,
          () => task("task_1"),
        ]);
        await submit({ key: "one" });
        assert.equal((await submit({ key: "one" })).status, status);
        assert.deepEqual(await codeOf("two"), [429, "too_many_at_once"]);
        assert.equal((await submit({ key: "one" })).status, 202, "it may be sent again");
        assert.equal(sent(), 3);
      });
    }
  }

  test("of_an_attempt_frees_nothing_of_what_a_repeat_beside_it_may_begin", async () => {
    for (const second of [() => refusal(429, "rate_limited"), () => lost(), () => task("task_1")]) {
      const gates = [withResolvers(), withResolvers()];
      const { submit, codeOf, sent } = before({ concurrentGenerations: 2 }, [
        ...gates.map(
          ({ promise }) =>
            () =>
              promise,
        ),
        () => task("task_2"),
        () => task("task_3"),
      ]);
      const attempts = [submit({ key: "one" })];
      await until(() => sent() === 1, { what: "the first is sent" });
      attempts.push(submit({ key: "one" }));
      await until(() => sent() === 2, { what: "the repeat is sent" });
      assert.deepEqual(await codeOf("two"), [429, "too_many_at_once"], "each of the two has room of its own");
      gates[0].resolve(refusal(429, "rate_limited"));
      assert.equal((await attempts[0]).status, 429);
      gates[1].resolve(second());
      const { status } = await attempts[1];
      assert.equal((await submit({ key: "two" })).status, 202);
      const expected = status === 429 ? [202, undefined] : [429, "too_many_at_once"];
      assert.deepEqual(await codeOf("three"), expected, `after ${status}`);
    }
  });
});

describe("isolates that know nothing of each other", () => {
  /** A budget that answers from elsewhere: all attempts are between their questions at the same time. */
  function distant() {
    const { take, settle } = memoryBudget();
    const later = (answer) => async (query) => {
      await new Promise((resolve) => setImmediate(resolve));
      return answer(query);
    };
    return { take: later(take), settle: later(settle) };
  }

  /** As many proxies over one budget, before an API that answers a submission by `answers`. */
  function isolates(count, limits, api) {
    const budget = distant();
    const proxies = Array.from({ length: count }, () => startProxy({ api, limits: { budget, ...limits } }));
    return (key = "one") => proxies.map(({ submit }) => submit({ key, body: BODY }));
  }

  test("begin_one_task_where_all_send_one_submission_in_the_same_moment_whatever_the_api_makes_of_its_key", async () => {
    for (const limits of [{ concurrentGenerations: 1 }, { creditsPerDay: CREDITS }]) {
      let tasks = 0;
      const gate = withResolvers();
      const api = recordingApi(({ method }) =>
        method === "POST" ? gate.promise.then(() => task(`task_${(tasks += 1)}`, CREDITS)) : undefined,
      );
      const answers = isolates(20, limits, api)();
      let refused = 0;
      for (const answer of answers)
        void answer.then(({ json }) => (refused += Number(json.error?.code === "too_many_at_once")));
      await until(() => refused === 19, { what: "all others are refused while one is under way" });
      gate.resolve();
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      assert.deepEqual([statuses.filter((status) => status === 202).length, tasks], [1, 1]);
    }
  });

  test("begin_one_more_where_all_repeat_what_was_accepted_before", async () => {
    let tasks = 0;
    const api = recordingApi(({ method }) => (method === "POST" ? task(`task_${(tasks += 1)}`, CREDITS) : undefined));
    const all = isolates(20, { concurrentGenerations: 1, creditsPerDay: CREDITS }, api);
    for (let times = 0; times < 3; times += 1) await Promise.all(all());
    assert.equal(tasks, 2, `${tasks} tasks`);
  });

  test("free_nothing_of_what_is_in_doubt_where_others_are_refused", async () => {
    let submissions = 0;
    const api = recordingApi(({ method }) => {
      if (method !== "POST") return undefined;
      submissions += 1;
      return submissions === 1 ? lost() : refusal(429, "rate_limited");
    });
    const all = isolates(8, { concurrentGenerations: 1 }, api);
    await Promise.all(all());
    const refused = await Promise.all(all("two"));
    assert.deepEqual(new Set(refused.map(({ json }) => json.error.code)), new Set(["too_many_at_once"]));
  });
});

describe("too many at once", () => {
  test("is_a_429_of_its_own_code_that_names_no_time", async () => {
    const { submit } = before({ concurrentGenerations: 1 }, [() => task("task_1")]);
    await submit({ key: "one" });
    const { status, headers, json } = await submit({ key: "two" });
    assert.deepEqual(
      [status, json.error.code, json.error.message, headers.get("retry-after")],
      [429, "too_many_at_once", "At most 1 generations at once.", null],
    );
  });

  test("is_a_repeat_beside_others_of_the_same_submission_where_there_is_no_room_for_all", async () => {
    const gate = withResolvers();
    const { submit, sent } = before(
      { concurrentGenerations: 1 },
      Array.from({ length: 9 }, () => () => gate.promise.then(() => task("task_1"))),
    );
    const attempts = Array.from({ length: 9 }, () => submit({ key: "one" }));
    const answers = Promise.all(attempts);
    while (sent() < 1) await new Promise(setImmediate);
    gate.resolve();
    const refused = (await answers).filter(({ status }) => status !== 202);
    for (const { status, headers, json } of refused)
      assert.deepEqual([status, json.error.code, headers.get("retry-after")], [429, "too_many_at_once", null]);
    assert.ok(sent() <= 2, `${sent()} were sent`);
    assert.equal((await submit({ key: "one" })).status, 202, "a later one is let through");
  });
});
