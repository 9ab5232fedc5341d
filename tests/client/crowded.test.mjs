/** A refused submission stops nothing but submissions: whoever has a generation under way goes on to see its end. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HILL, answer, clock, connect, failureOf, generation, refuse, resolved } from "./harness.mjs";

const MINUTE_MS = 60_000;
const crowded = () => refuse(429, "too_many_at_once");
const limited = (seconds) => refuse(429, "rate_limited", { "Retry-After": String(seconds) });

/**
 * An API that has one place for generations, which a poll that sees the end gives back; `refuseSubmission()` is what a
 * second one is answered meanwhile. `log` tells each request and when it came.
 */
function oneAtATime(refuseSubmission, { takesMs = 20_000 } = {}) {
  const log = [];
  const keys = [];
  let running = null;
  let number = 0;
  const fetch = async (url, { method, headers }) => {
    log.push([method, clock.nowMs()]);
    if (method === "POST") {
      keys.push(headers.get("Idempotency-Key"));
      if (running !== null) return refuseSubmission();
      number += 1;
      running = { id: `task_${number}`, endsMs: clock.nowMs() + takesMs };
      return answer({ ...generation("queued"), id: running.id }, 201);
    }
    const id = url.split("/").at(-1);
    if (running?.id === id && clock.nowMs() < running.endsMs) return answer({ ...generation("processing"), id });
    running = null;
    return answer({ ...generation("succeeded"), id });
  };
  return { fetch, log, keys, posts: () => log.filter(([method]) => method === "POST").map(([, atMs]) => atMs) };
}

describe("a submission that is too many", () => {
  test("asks_again_under_its_key_while_the_one_before_it_is_polled_to_its_end", async () => {
    const api = oneAtATime(crowded);
    const client = await connect(api, { maxRetries: 0 });
    const both = [client.generate(HILL), client.generate({ ...HILL, prompt: "another" })];
    const ended = await resolved(Promise.all(both));
    assert.deepEqual(
      ended.map(({ id, status }) => [id, status]),
      [
        ["task_1", "succeeded"],
        ["task_2", "succeeded"],
      ],
    );
    assert.equal(new Set(api.keys).size, 2, "each under one key");
    const [, ...asked] = api.posts();
    const gaps = asked.slice(1).map((atMs, index) => Math.round(atMs - asked[index]));
    assert.ok(
      gaps.length >= 2 &&
        gaps[0] === 5_000 &&
        gaps.every((gap, index) => gap <= 10_000 && gap >= (gaps[index - 1] ?? 0)),
      `${gaps}`,
    );
  });

  test("ends_at_the_limit_of_its_wait_and_was_not_charged", async () => {
    const api = oneAtATime(crowded, { takesMs: Infinity });
    const client = await connect(api);
    client.generate(HILL).catch(() => {});
    await clock.settle();
    const begunMs = clock.nowMs();
    const error = await failureOf("too_many_at_once", client.generate(HILL, { waitTimeoutMs: 20_000 }));
    assert.ok(clock.nowMs() - begunMs <= 20_000);
    assert.deepEqual(
      [error.status, error.retryable, error.mayHaveBeenCharged, error.retryAfterMs],
      [429, true, false, null],
    );
    assert.ok(error.attempts > 2);
  });

  test("is_told_at_once_by_create_which_does_not_wait", async () => {
    const api = oneAtATime(crowded);
    const client = await connect(api);
    await resolved(client.generations.create(HILL));
    const error = await failureOf("too_many_at_once", client.generations.create(HILL));
    assert.deepEqual([error.attempts, error.retryable, error.mayHaveBeenCharged], [1, true, false]);
  });

  test("pauses_no_other_call_of_the_client", async () => {
    const api = oneAtATime(crowded);
    const client = await connect(api);
    await resolved(client.generations.create(HILL));
    await failureOf("too_many_at_once", client.generations.create(HILL));
    const begunMs = clock.nowMs();
    await resolved(client.generations.retrieve("task_1"));
    assert.equal(clock.nowMs(), begunMs);
  });
});

describe("the pause after a submissions 429", () => {
  test("of_15_minutes_never_stops_the_polls_of_what_is_paid", async () => {
    const api = oneAtATime(() => limited(900));
    const client = await connect(api);
    const first = client.generate(HILL);
    await clock.settle();
    const error = await failureOf("rate_limited", client.generate({ ...HILL, prompt: "another" }));
    assert.equal(error.retryAfterMs, 900_000);
    assert.equal((await resolved(first)).status, "succeeded");
    assert.ok(clock.nowMs() < 2 * MINUTE_MS);
  });

  test("stops_further_submissions_until_it_is_over", async () => {
    const api = oneAtATime(() => limited(30));
    const client = await connect(api);
    await resolved(client.generations.create(HILL));
    const begunMs = clock.nowMs();
    const second = client.generations.create(HILL);
    await clock.settle();
    // The place is free again, but nobody submits before the named time.
    await resolved(clock.sleep(25_000));
    await resolved(client.generations.retrieve("task_1"));
    await resolved(second);
    assert.deepEqual(
      api
        .posts()
        .slice(-2)
        .map((atMs) => atMs - begunMs),
      [0, 30_000],
    );
  });
});

describe("Retry-After", () => {
  for (const [header, delayMs] of [
    ["1.5", 2_000],
    ["1, 1", 1_000],
    ["3, 7", 7_000],
  ]) {
    test(`of_${header}_is_obeyed`, async () => {
      const sentMs = [];
      const client = await connect(async () => {
        sentMs.push(clock.nowMs());
        return sentMs.length === 1
          ? refuse(503, "public_api_disabled", { "Retry-After": header })
          : answer({ current_credits: 1 });
      });
      await resolved(client.credits.retrieve());
      assert.equal(sentMs[1] - sentMs[0], delayMs);
    });
  }

  test("of_28_years_stops_a_client_for_an_hour_at_most", async () => {
    let number = 0;
    const client = await connect(async () =>
      (number += 1) === 1 ? limited(900_000_000) : answer({ current_credits: 1 }),
    );
    await failureOf("rate_limited", client.credits.retrieve());
    await failureOf(
      "rate_limited",
      clock.sleep(58 * MINUTE_MS).then(() => client.credits.retrieve()),
    );
    assert.equal((await resolved(clock.sleep(2 * MINUTE_MS).then(() => client.credits.retrieve()))).current_credits, 1);
  });
});
