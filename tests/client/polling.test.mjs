/**
 * When a generation is polled: the API's guidance to the millisecond, and never two polls of one loop within 2 s.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HILL, ID, answer, clock, connect, generation, randomOf, refuse, value } from "./harness.mjs";

const MIN_GAP_MS = 2_000;
const POLLS = 8;
/** From the submission to the first poll, and from each to the next: 5 s growing by 1.2 to 10 s, and twice that. */
const IMAGE_MS = [2_500, 5_000, 6_000, 7_200, 8_640, 10_000, 10_000, 10_000];
const SLOW_MS = [5_000, 10_000, 12_000, 14_400, 17_280, 20_000, 20_000, 20_000];

const gaps = (atMs, fromMs) => atMs.map((ms, index) => ms - (index === 0 ? fromMs : atMs[index - 1]));
/** A timer counts whole milliseconds. */
const whole = (values) => values.map((ms) => Math.round(ms));

/**
 * An API with a generation of `model` that ends at its eighth poll; `polledAtMs` and `submittedMs` tell when it was
 * asked.
 */
function longRunning(model) {
  const api = { polledAtMs: [], submittedMs: 0 };
  api.fetch = async (_, { method }) => {
    if (method === "POST") {
      api.submittedMs = clock.nowMs();
      return answer({ ...generation("queued"), model }, 201);
    }
    api.polledAtMs.push(clock.nowMs());
    return answer({ ...generation(api.polledAtMs.length === POLLS ? "succeeded" : "processing"), model });
  };
  return api;
}

describe("polls follow the guidance", () => {
  const MODELS = {
    "z-image": IMAGE_MS,
    "nano-banana-2": IMAGE_MS,
    "kling-2-6": SLOW_MS,
    "suno-music": SLOW_MS,
    "elevenlabs-turbo-2-5": SLOW_MS,
    "model-of-tomorrow": IMAGE_MS,
  };
  for (const [model, expectedMs] of Object.entries(MODELS)) {
    test(`after_a_submission_to_${model}`, async () => {
      const api = longRunning(model);
      const client = await connect(api.fetch, { validation: "off" });
      await value(client.generate({ model, prompt: "waves" }));
      assert.deepEqual(whole(gaps(api.polledAtMs, api.submittedMs)), expectedMs);
    });

    test(`in_a_wait_for_an_id_of_${model}_which_polls_at_once`, async () => {
      const api = longRunning(model);
      const client = await connect(api.fetch);
      const begunMs = clock.nowMs();
      await value(client.generations.wait(ID));
      assert.deepEqual(whole(gaps(api.polledAtMs, begunMs)), [0, ...expectedMs.slice(1)]);
    });
  }

  test("but_a_wait_that_ends_before_the_first_poll_is_due_polls_at_its_end", async () => {
    const api = longRunning("kling-2-6");
    const client = await connect(api.fetch, { validation: "off" });
    const outcome = await clock.until(
      client.generate({ model: "kling-2-6", prompt: "waves" }, { waitTimeoutMs: 1_200 }),
    );
    assert.equal(outcome.error.code, "timeout");
    assert.deepEqual(gaps(api.polledAtMs, api.submittedMs), [1_200]);
  });
});

describe("two polls of one loop are never closer than 2 s", () => {
  /**
   * Waits that join at times of their own, while the API takes `takesMs(poll)` to answer, and answers `respond(poll)`
   * first.
   */
  async function pollsOf({ joinAtMs, respond, takesMs = () => 0, ends = 12 }) {
    const polls = [];
    const fetch = async () => {
      const poll = { atMs: clock.nowMs(), failed: false, ended: false };
      polls.push(poll);
      const number = polls.length;
      const response = respond(number);
      if (takesMs(number) > 0) await clock.sleep(takesMs(number));
      poll.failed = response !== undefined;
      poll.ended = response === undefined && number >= ends;
      return response ?? answer(generation(number >= ends ? "succeeded" : "processing"));
    };
    const client = await connect(fetch);
    await value(Promise.all(joinAtMs.map((ms) => clock.sleep(ms).then(() => client.generations.wait(ID)))));
    return polls;
  }
  function checkGaps(polls, what) {
    for (const [index, { atMs }] of polls.entries()) {
      // Repeats of a failed poll follow their backoff instead, and behind the end another loop begins.
      if (index === 0 || polls[index - 1].failed || polls[index - 1].ended) continue;
      const gapMs = atMs - polls[index - 1].atMs;
      assert.ok(gapMs >= MIN_GAP_MS, `${what}: poll ${index + 1} came ${gapMs} ms after the one before`);
    }
  }

  test("with_a_joiner_during_the_pause_that_the_poll_waited_for_and_one_behind_it", async () => {
    const respond = (number) => (number === 1 ? refuse(429, "rate_limited", { "Retry-After": "10" }) : undefined);
    const polls = await pollsOf({ joinAtMs: [0, 3_000, 10_100], respond, ends: 4 });
    const begunMs = polls[0].atMs;
    assert.deepEqual(
      polls.slice(0, 3).map(({ atMs }) => Math.round(atMs - begunMs)),
      [0, 10_000, 12_000],
    );
  });

  test("with_joiners_right_after_an_answer_that_took_long", async () => {
    const polls = await pollsOf({
      joinAtMs: [0, 4_100, 4_200, 4_300],
      respond: () => undefined,
      takesMs: () => 4_000,
      ends: 4,
    });
    checkGaps(polls, "slow answers");
    // The joiners wanted a poll when the first answer was there already: they get one 2 s behind it, not 5 s.
    assert.equal(polls[1].atMs - polls[0].atMs, 4_000 + MIN_GAP_MS);
  });

  test("with_joiners_failures_and_answers_at_random", async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomOf(seed * 7_919);
      const joinAtMs = Array.from({ length: 8 }, () => Math.floor(random() * 60_000));
      const respond = () => {
        const draw = random();
        if (draw < 0.15) return refuse(429, "rate_limited", { "Retry-After": String(Math.floor(random() * 20)) });
        if (draw < 0.3) return refuse(503, "public_api_disabled");
        return undefined;
      };
      const takesMs = () => (random() < 0.5 ? 0 : Math.floor(random() * 5_000));
      checkGaps(await pollsOf({ joinAtMs, respond, takesMs }), `seed ${seed}`);
    }
  });
});

test("a_wait_that_joins_does_not_delay_the_polls_of_the_others", async () => {
  const api = longRunning("z-image");
  const client = await connect(api.fetch);
  const generated = client.generate(HILL);
  const joined = clock.sleep(8_000).then(() => client.generations.wait(ID));
  await value(Promise.all([generated, joined]));
  const [, second, third] = gaps(api.polledAtMs, api.submittedMs);
  assert.deepEqual([second, third], [5_000, MIN_GAP_MS]);
});
