/** A watch whose body takes longer than the polls: nothing is lost, and what was true long ago ends nothing. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ID, answer, clock, connect, failureOf, generation, pass, refuse, underWay, value } from "./harness.mjs";

const SLOW_MS = 100_000;

/** Answers poll by poll; the last answer stays. */
function scripted(...answers) {
  const atMs = [];
  const fetch = async (_, { signal }) => {
    const respond = answers[Math.min(atMs.length, answers.length - 1)];
    atMs.push(clock.nowMs());
    return respond(signal);
  };
  return { fetch, atMs };
}
const state = (json) => () => answer(json);
const limited = (seconds) => () => refuse(429, "rate_limited", { "Retry-After": String(seconds) });
const never = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

async function begin(fetch, options) {
  const states = (await connect(fetch)).generations.watch(ID, options);
  const next = async () => (await value(states.next())).value;
  return { states, next };
}

describe("a watch with a slow body", () => {
  for (const [name, options] of Object.entries({ within_its_limit: {}, beyond_its_limit: { waitTimeoutMs: 60_000 } })) {
    test(`sees_every_state_in_order_and_the_last_one_last_${name}`, async () => {
      const told = [
        generation("queued"),
        ...Array.from({ length: 6 }, (_, number) => underWay(number)),
        generation("succeeded"),
      ];
      const { fetch, atMs } = scripted(...told.map(state));
      const { states, next } = await begin(fetch, options);
      const seen = [];
      for (;;) {
        const generation = await next();
        if (generation === undefined) break;
        seen.push(generation);
        await pass(SLOW_MS);
      }
      assert.deepEqual(seen, told);
      assert.equal(atMs.length, told.length, "it polls while the body runs, and no longer than it has to");
      assert.ok(atMs.at(-1) - atMs[0] < SLOW_MS);
      assert.deepEqual(await value(states.next()), { done: true, value: undefined });
    });
  }

  test("sees_the_end_that_came_after_a_pause_longer_than_its_limit", async () => {
    const { fetch } = scripted(state(generation("queued")), limited(30), state(generation("succeeded")));
    const { next } = await begin(fetch, { waitTimeoutMs: 20_000 });
    assert.equal((await next()).status, "queued");
    await pass(SLOW_MS);
    assert.equal((await next()).status, "succeeded");
  });

  test("is_out_of_time_and_not_rate_limited_where_the_pause_is_over", async () => {
    const { fetch } = scripted(state(generation("queued")), limited(30), never);
    const { states, next } = await begin(fetch, { waitTimeoutMs: 20_000 });
    await next();
    // The second look is made after 5 s; the third one, 30 s later, is not answered yet.
    await pass(45_000);
    const error = await failureOf("timeout", states.next());
    assert.deepEqual([error.retryAfterMs, error.generation.status], [null, "queued"]);
  });

  test("is_rate_limited_where_the_pause_is_not_over_and_says_what_is_left_of_it", async () => {
    const { fetch } = scripted(state(generation("queued")), limited(30));
    const { states, next } = await begin(fetch, { waitTimeoutMs: 20_000 });
    await next();
    await pass(15_000);
    const error = await failureOf("rate_limited", states.next());
    assert.deepEqual([error.retryAfterMs, error.retryable, error.generation.status], [20_000, true, "queued"]);
  });
});
