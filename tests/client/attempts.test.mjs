/** A wait that fails says how many polls were made for it: answered or not, repeats included. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HILL, ID, answer, clock, connect, createFakeApi, failureOf, generation, refusal, value } from "./harness.mjs";

/** An API whose polls are answered by `respond(poll)`, counted from 1; the last ones that matter stay. */
function pollsOf(respond) {
  let polls = 0;
  return createFakeApi(({ method }) => (method === "GET" ? respond((polls += 1)) : undefined));
}
const made = (api) => api.calls.filter(({ method }) => method === "GET").length;
const underWay = { json: generation("processing") };
const denied = refusal(401, "api_key_invalid");
const unavailable = refusal(503, "public_api_disabled", { "Retry-After": "1" });
const longPause = refusal(429, "rate_limited", { "Retry-After": "100" });

const WAYS = {
  wait: (client, options) => client.generations.wait(ID, options),
  generate: (client, options) => client.generate(HILL, options),
  watch: async (client, options) => {
    for await (const state of client.generations.watch(ID, options)) void state;
  },
};
/** Code of the failure, polls made, and what the API says. */
const FAILURES = {
  "a_pause_beyond_its_limit": ["rate_limited", 1, () => longPause],
  "a_pause_beyond_its_limit_after_three_polls": ["rate_limited", 4, (poll) => (poll < 4 ? underWay : longPause)],
  "a_refusal": ["api_key_invalid", 1, () => denied],
  "a_refusal_after_three_polls": ["api_key_invalid", 4, (poll) => (poll < 4 ? underWay : denied)],
  "a_refusal_after_two_repeats": [
    "api_key_invalid",
    5,
    (poll) => (poll < 3 ? underWay : poll < 5 ? unavailable : denied),
  ],
  "a_redirect_after_a_poll": ["invalid_response", 2, (poll) => (poll < 2 ? underWay : { status: 302, text: "" })],
  "no_answer_within_its_limit": ["timeout", 1, () => "hang"],
  "no_answer_to_its_third_poll": ["timeout", 3, (poll) => (poll < 3 ? underWay : "hang")],
};

describe("the polls that were made are its attempts", () => {
  for (const [failure, [code, polls, respond]] of Object.entries(FAILURES)) {
    for (const [way, call] of Object.entries(WAYS)) {
      test(`of_a_${way}_that_ends_with_${failure}`, async () => {
        const api = pollsOf(respond);
        const client = await connect(api);
        const error = await failureOf(code, call(client, { waitTimeoutMs: 25_000 }));
        assert.deepEqual([error.attempts, made(api)], [polls, polls]);
      });
    }
  }

  test("of_a_wait_whose_time_is_up", async () => {
    const api = pollsOf((poll) => (poll < 20 ? underWay : undefined));
    const error = await failureOf("timeout", (await connect(api)).generations.wait(ID, { waitTimeoutMs: 60_000 }));
    assert.ok(made(api) > 5);
    assert.equal(error.attempts, made(api));
  });

  test("of_a_wait_without_any_time_which_polls_once", async () => {
    for (const way of Object.keys(WAYS)) {
      const api = pollsOf((poll) => (poll < 10 ? underWay : undefined));
      const error = await failureOf("timeout", WAYS[way](await connect(api), { waitTimeoutMs: 0 }));
      assert.deepEqual([error.attempts, made(api)], [1, 1], way);
    }
  });

  for (const [limitMs, endsMs] of [
    [5_000, 5_000],
    [500, 2_000],
    [0, 2_000],
  ]) {
    test(`of_a_wait_of_${limitMs}_ms_whose_only_poll_is_cut_after_${endsMs}`, async () => {
      let polls = 0;
      const client = await connect(async () => {
        polls += 1;
        await clock.sleep(8_000);
        return answer(generation("succeeded"));
      });
      const begunMs = clock.nowMs();
      const error = await failureOf("timeout", client.generations.wait(ID, { waitTimeoutMs: limitMs }));
      assert.deepEqual([clock.nowMs() - begunMs, error.attempts, polls, error.generation], [endsMs, 1, 1, null]);
    });
  }

  test("of_each_wait_for_itself_where_two_share_a_loop", async () => {
    const api = pollsOf((poll) => (poll < 6 ? underWay : denied));
    const client = await connect(api);
    const early = failureOf("api_key_invalid", client.generations.wait(ID));
    // Behind the fourth poll.
    const late = failureOf(
      "api_key_invalid",
      clock.sleep(20_000).then(() => client.generations.wait(ID)),
    );
    const [first, second] = await value(Promise.all([early, late]));
    assert.deepEqual([first.attempts, second.attempts], [6, 2]);
    assert.notEqual(first, second, "an error of its own");
  });

  test("and_a_wait_that_comes_while_a_pause_forbids_every_poll_has_made_none", async () => {
    const api = pollsOf(() => longPause);
    const client = await connect(api);
    const early = client.generations.wait(ID, { waitTimeoutMs: 200_000 });
    early.catch(() => {});
    const error = await failureOf(
      "rate_limited",
      clock.sleep(5_000).then(() => client.generations.wait(ID, { waitTimeoutMs: 20_000 })),
    );
    assert.deepEqual([error.attempts, error.retryAfterMs, made(api)], [0, 95_000, 1]);
  });
});
