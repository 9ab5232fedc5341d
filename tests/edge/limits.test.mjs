/** What one caller may use: every refusal, what is given back, and a budget that fails. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryBudget } from "rivya-wasm/edge";
import { answer, captureErrors, recordingApi, refusal, startProxy } from "../support/edge.mjs";

const DEFINITE = [400, 401, 402, 403, 404, 413, 415, 422, 429];
const DOUBTFUL = [408, 409, 500, 502, 503, 504, 520];
/** More than any test spends of what it doesn't ask about. */
const PLENTY = 1_000;

/** A proxy with limits, and the keys of its callers, each submission under a fresh one. */
function limited(limits, { budget = memoryBudget(), ...options } = {}) {
  const started = startProxy({ ...options, limits: { budget, ...limits } });
  let number = 0;
  const fresh = (changes) => started.submit({ key: `fresh-${(number += 1)}`, ...changes });
  return { ...started, budget, fresh, sent: () => started.api.calls.length };
}
const task = (id, reserved_credits, status = "queued") => answer(202, { id, status, reserved_credits });
const says = ({ status, json }, expectedStatus, code) =>
  assert.deepEqual([status, json.error?.code], [expectedStatus, code]);

describe("requests a minute", () => {
  test("beyond_them_a_caller_is_refused_until_the_first_is_a_minute_old_and_another_caller_is_not", async (t) => {
    let nowMs = 0;
    t.mock.method(performance, "now", () => nowMs);
    const { ask, submit, sent } = limited({ requestsPerMinute: 3 });
    await ask("/models");
    nowMs = 30_000.5;
    await submit();
    await ask("/generations/forged.id");
    const refused = await ask("/models");
    says(refused, 429, "rate_limited");
    assert.equal(refused.headers.get("retry-after"), "30");
    assert.equal((await ask("/models", { caller: "bob" })).status, 200);
    assert.equal(sent(), 3);
    nowMs = 60_000;
    assert.equal((await ask("/models")).status, 200);
  });
});

describe("generations at once", () => {
  test("a_place_is_given_back_by_the_poll_that_sees_the_end_and_by_no_other", async () => {
    let status = "processing";
    const api = recordingApi(({ method, path }) =>
      method === "POST"
        ? task("task_1", 1)
        : path === "/generations/task_1"
          ? answer(200, { id: "task_1", status })
          : undefined,
    );
    const { fresh, ask } = limited({ concurrentGenerations: 1 }, { api });
    const { id } = (await fresh()).json;
    const refused = await fresh();
    says(refused, 429, "too_many_at_once");
    assert.equal(refused.headers.get("retry-after"), null, "nobody knows when a generation ends");
    await ask(`/generations/${id}`);
    says(await fresh(), 429, "too_many_at_once");
    assert.equal((await fresh({ headers: { "X-Caller": "bob" } })).status, 202, "another caller has places of its own");
    for (const end of ["succeeded", "failed"]) {
      status = end;
      await ask(`/generations/${id}`);
      assert.equal((await fresh()).status, 202, end);
      says(await fresh(), 429, "too_many_at_once");
    }
  });

  test("a_repeat_of_an_accepted_submission_is_let_through_and_takes_no_place", async () => {
    const api = recordingApi(({ body, headers }) =>
      body === null ? undefined : task(`task_${headers["idempotency-key"].slice(0, 8)}`, 1),
    );
    const { fresh, submit, ask } = limited({ concurrentGenerations: 2 }, { api });
    const first = await submit();
    for (let repeat = 0; repeat < 3; repeat += 1) assert.equal((await submit()).json.id, first.json.id);
    assert.equal((await fresh()).status, 202, "one place is left");
    assert.equal((await submit()).status, 202, "none is left");
    says(await fresh(), 429, "too_many_at_once");
    await ask(`/generations/${first.json.id}`);
    await submit();
    assert.equal((await fresh()).status, 202, "a repeat after the end takes none, either");
  });

  test("an_accepted_key_lets_no_other_body_through", async () => {
    const { submit, sent } = limited({ concurrentGenerations: 1 });
    await submit();
    says(await submit({ body: { model: "z-image", prompt: "another" } }), 429, "too_many_at_once");
    assert.equal(sent(), 1);
  });

  test("many_at_once_get_as_many_places_as_there_are", async () => {
    const { fresh, sent } = limited({ concurrentGenerations: 3 });
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => fresh()))).map(({ status }) => status);
    assert.deepEqual(
      [statuses.filter((status) => status === 202).length, statuses.filter((status) => status === 429).length],
      [3, 17],
    );
    assert.equal(sent(), 3);
  });
});

describe("credits a day", () => {
  // The catalogue says 1 for z-image.
  const ONE = 1;

  test("are_held_before_and_settled_to_what_the_api_reserved", async () => {
    const { fresh, sent } = limited(
      { creditsPerDay: 10 },
      { api: recordingApi((_call, index) => task(`task_${index}`, 4.5)) },
    );
    for (const expected of [202, 202, 202]) assert.equal((await fresh()).status, expected);
    says(await fresh(), 402, "insufficient_credits");
    assert.equal(sent(), 3);
  });

  test("of_many_submissions_at_once_as_many_are_sent_as_fit", async () => {
    const { fresh, sent } = limited(
      { creditsPerDay: 5 * ONE },
      { api: recordingApi((_call, index) => task(`task_${index}`, ONE)) },
    );
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => fresh()))).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 202).length, 5);
    assert.equal(sent(), 5);
  });

  test("a_place_taken_before_credits_were_refused_is_given_back", async () => {
    const budget = memoryBudget();
    const { fresh } = limited({ creditsPerDay: 0, concurrentGenerations: 1 }, { budget });
    says(await fresh(), 402, "insufficient_credits");
    says(await fresh(), 402, "insufficient_credits");
    assert.equal((await limited({ concurrentGenerations: 1 }, { budget }).fresh({ key: "other" })).status, 202);
  });

  test("a_model_whose_price_nobody_knows_is_refused", async () => {
    const { fresh, sent } = limited({ creditsPerDay: PLENTY });
    says(await fresh({ body: { model: "model-of-tomorrow", prompt: "x" } }), 400, "validation_failed");
    assert.equal(sent(), 0);
    assert.equal(
      (await limited({ requestsPerMinute: PLENTY }).fresh({ body: { model: "model-of-tomorrow" } })).status,
      202,
      "where credits are not counted it is let through",
    );
  });

  test("nonsense_about_what_was_reserved_leaves_what_was_held", async () => {
    for (const reserved of [-5, "0", null, undefined, NaN]) {
      const { fresh } = limited({ creditsPerDay: ONE }, { api: recordingApi(() => task("task_1", reserved)) });
      assert.equal((await fresh()).status, 202);
      says(await fresh(), 402, "insufficient_credits");
    }
  });
});

describe("what is given back", () => {
  const limits = { creditsPerDay: 1, concurrentGenerations: 1 };

  for (const status of DEFINITE) {
    test(`everything_after_a_definite_refusal_with_${status}`, async () => {
      const api = recordingApi((_call, index) => (index === 0 ? refusal(status, "no") : undefined));
      const { fresh } = limited(limits, { api });
      assert.equal((await fresh()).status, status);
      assert.equal((await fresh()).status, 202);
    });
  }

  for (const [name, behave] of [
    ...DOUBTFUL.map((status) => [`the_status_${status}`, () => refusal(status, "later")]),
    ["a_lost_answer", () => Promise.reject(new TypeError("fetch failed"))],
    ["an_answer_that_is_no_JSON", () => new Response("<p>", { status: 202, headers: { "Content-Type": "text/html" } })],
    ["a_gateways_own_400", () => new Response("<p>", { status: 400, headers: { "Content-Type": "text/html" } })],
  ]) {
    test(`nothing_after_${name}_but_the_same_may_be_sent_again`, async () => {
      const api = recordingApi((_call, index) => (index === 0 ? behave() : undefined));
      const { fresh, submit, sent } = limited(limits, { api });
      await submit();
      says(await fresh(), 429, "too_many_at_once");
      assert.equal(sent(), 1);
      assert.equal((await submit()).status, 202);
    });
  }

  test("nothing_of_an_accepted_submission_though_its_key_is_used_for_one_that_is_refused", async () => {
    const api = recordingApi(({ body }) => (body?.includes("wrong") ? refusal(400, "validation_failed") : undefined));
    const { submit, fresh } = limited({ creditsPerDay: 2 }, { api });
    assert.equal((await submit()).status, 202);
    assert.equal((await submit({ body: { model: "z-image", prompt: "wrong" } })).status, 400);
    assert.equal((await fresh()).status, 202);
    says(await fresh(), 402, "insufficient_credits");
  });

  test("nor_where_the_refused_one_is_answered_while_the_other_is_under_way", async () => {
    let accept;
    const accepted = new Promise((resolve) => (accept = resolve));
    const api = recordingApi(({ body }, index) =>
      body.includes("wrong") ? refusal(400, "validation_failed") : accepted.then(() => task(`task_${index}`, 1)),
    );
    const { submit, fresh } = limited({ creditsPerDay: 2, concurrentGenerations: 2 }, { api });
    const first = submit();
    while (api.calls.length === 0) await new Promise(setImmediate);
    assert.equal((await submit({ body: { model: "z-image", prompt: "wrong" } })).status, 400);
    const second = fresh();
    while (api.calls.length < 3) await new Promise(setImmediate);
    says(await fresh(), 429, "too_many_at_once");
    accept();
    assert.deepEqual([(await first).status, (await second).status], [202, 202]);
    says(await fresh(), 429, "too_many_at_once");
  });

  test("nor_where_the_api_refuses_a_repeat_of_what_it_accepted", async () => {
    const api = recordingApi((_call, index) => (index === 1 ? refusal(402, "insufficient_credits") : undefined));
    const { submit, fresh } = limited(limits, { api });
    await submit();
    assert.equal((await submit()).status, 402);
    says(await fresh(), 429, "too_many_at_once");
  });
});

describe("a budget", () => {
  const LIMITS = { requestsPerMinute: PLENTY, creditsPerDay: PLENTY, concurrentGenerations: PLENTY };
  const HOSTILE = {
    throws: () => {
      throw new Error("down");
    },
    rejects: () => Promise.reject(new Error("down")),
    answers_nothing: () => undefined,
    answers_null: async () => null,
    answers_true: async () => true,
    answers_words: async () => ({ ok: "yes" }),
    answers_with_a_getter_that_throws: async () => ({
      get ok() {
        throw new Error("hostile");
      },
    }),
    throws_a_revoked_proxy: () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      throw proxy;
    },
  };
  /** Fails at the n-th take. */
  const failingAt = (place, take) => {
    const good = memoryBudget();
    let takes = 0;
    return { settle: good.settle, take: (query) => ((takes += 1) === place ? take(query) : good.take(query)) };
  };

  for (const [name, take] of Object.entries(HOSTILE)) {
    test(`that_${name}_at_any_take_before_the_submission_is_a_503_and_nothing_is_sent`, async (t) => {
      const lines = captureErrors(t);
      for (const place of [1, 2, 3, 4, 5]) {
        const { submit, sent } = limited(LIMITS, { budget: failingAt(place, take) });
        says(await submit(), 503, "budget_unavailable");
        assert.equal(sent(), 0, `take ${place}`);
      }
      assert.equal(lines.length, 5);
    });
  }

  test("that_never_answers_is_a_503_after_10_s_and_nothing_is_sent", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    captureErrors(t);
    const { ask, sent } = limited(LIMITS, { budget: { take: () => new Promise(() => {}), settle: async () => {} } });
    let answered;
    const asking = ask("/models").then((answer) => (answered = answer));
    while (answered === undefined) {
      await new Promise(setImmediate);
      t.mock.timers.tick(1_000);
    }
    await asking;
    says(answered, 503, "budget_unavailable");
    assert.equal(sent(), 0);
  });

  test("that_fails_after_the_api_has_answered_costs_nobody_the_answer", async (t) => {
    const lines = captureErrors(t);
    const { submit } = limited(LIMITS, { budget: failingAt(7, HOSTILE.throws) });
    assert.equal((await submit()).status, 202);
    const { settle: _settle, ...good } = memoryBudget();
    const { submit: other, ask } = limited(LIMITS, {
      budget: {
        ...good,
        settle: () => {
          throw new Error("down");
        },
      },
    });
    const { id } = (await other()).json;
    assert.equal((await ask(`/generations/${id}`)).json.status, "succeeded");
    // What failed once was asked again.
    assert.equal(lines.length, 2);
  });

  test("is_asked_under_keys_that_no_two_callers_share_and_never_told_a_callers_own_key", async () => {
    const asked = [];
    const budget = {
      take: async (query) => (asked.push(query), { ok: query.limit > 0, retryAfterMs: null }),
      settle: async (query) => void asked.push(query),
    };
    const { submit } = limited(LIMITS, { budget });
    await submit({ key: "the-callers-own-key" });
    await submit({ key: "the-callers-own-key", headers: { "X-Caller": "bob" } });
    const keys = new Set(asked.map(({ key }) => key));
    const ofCallers = [...keys].filter((key) => !/^(sent|turns):/.test(key));
    assert.deepEqual(
      ofCallers.sort(),
      ["credits", "places", "requests"].flatMap((name) => [`${name}:ann`, `${name}:bob`]),
    );
    assert.equal(keys.size - ofCallers.length, 4, "each submission has two counters of its own");
    assert.ok(!JSON.stringify(asked).includes("the-callers-own-key"));
    const requests = asked.filter(({ key }) => key.startsWith("requests:")).map(({ id }) => id);
    assert.equal(new Set(requests).size, 2, "each request is counted under an id of its own");
  });

  test("is_called_as_an_object_with_its_own_state", async () => {
    class Counting {
      #takes = 0;
      async take() {
        this.#takes += 1;
        return { ok: this.#takes < 2, retryAfterMs: 5 };
      }
      async settle() {}
    }
    const { ask } = limited({ requestsPerMinute: 1 }, { budget: new Counting() });
    assert.equal((await ask("/models")).status, 200);
    const refused = await ask("/models");
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "1"]);
  });
});
