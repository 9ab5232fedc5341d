/**
 * A machine that sleeps stops the monotonic clock, and not the calendar: what has lasted an hour by either of them has
 * lasted an hour.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { HILL, answer, clock, connect, createFakeApi, generation, picture, refuse, resolved } from "./harness.mjs";

const HOUR_MS = 3_600_000;
const calendar = Date.now;
/** The calendar goes on by so much, while everything else stands still. */
const sleepThrough = (ms) => {
  const before = Date.now;
  Date.now = () => before() + ms;
};
afterEach(() => (Date.now = calendar));

describe("after a machine has slept", () => {
  test("through_the_hour_of_an_uploaded_file_it_is_uploaded_anew", async () => {
    const api = createFakeApi();
    const client = await connect(api);
    const photo = picture();
    const upload = () => resolved(client.files.upload(photo, { model: "nano-banana-2" }));
    const first = await upload();
    assert.deepEqual(await upload(), first, "within the hour it is reused");
    sleepThrough(HOUR_MS + 1_000);
    assert.notDeepEqual(await upload(), first);
    assert.equal(api.calls.filter(({ path }) => path === "/files").length, 2);
  });

  test("through_a_pause_that_the_API_asked_for_it_is_over", async () => {
    let number = 0;
    const respond = () =>
      (number += 1) === 1 ? refuse(429, "rate_limited", { "Retry-After": "900" }) : answer({ current_credits: 1 });
    const client = await connect(async () => respond());
    const { error } = await clock.until(client.credits.retrieve());
    assert.equal(error.code, "rate_limited");
    sleepThrough(HOUR_MS);
    assert.equal((await resolved(client.credits.retrieve())).current_credits, 1);
  });

  test("what_has_passed_since_a_submission_counts_the_night", async () => {
    let polls = 0;
    const client = await connect(async (_, { method }) => {
      if (method === "POST") return answer(generation("queued"), 201);
      polls += 1;
      if (polls === 1) sleepThrough(8 * HOUR_MS);
      return answer(generation(polls < 3 ? "processing" : "succeeded"));
    });
    const told = [];
    await resolved(
      client.generate(HILL, { onProgress: ({ elapsedMs }) => elapsedMs !== undefined && told.push(elapsedMs) }),
    );
    assert.ok(told[0] < 60_000 && told.at(-1) >= 8 * HOUR_MS, told.join());
  });

  test("a_wait_goes_on_where_it_stood", async () => {
    let polls = 0;
    const client = await connect(async () => {
      polls += 1;
      if (polls === 1) sleepThrough(8 * HOUR_MS);
      return answer(generation(polls < 4 ? "processing" : "succeeded"));
    });
    assert.equal(
      (await resolved(client.generations.wait("task_fake_1", { waitTimeoutMs: 60_000 }))).status,
      "succeeded",
    );
  });
});
