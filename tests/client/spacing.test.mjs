/**
 * Hundreds of waits make at most five polls in any second, however they came to be due together; in Node and as on
 * Workers.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { answer, clock, connect, generation, randomOf, refuse, value } from "./harness.mjs";

const WAITS = 300;
const MOST_IN_A_SECOND = 5;

/** When each poll was made, all of them due at once. `respond(number)`: what the API says instead of a result. */
async function pollsOf(respond, waits = WAITS) {
  const atMs = [];
  const fetch = async (url) => {
    atMs.push(clock.nowMs());
    return respond(atMs.length) ?? answer({ ...generation("succeeded"), id: url.split("/").at(-1) });
  };
  const client = await connect(fetch);
  const wait = (_, number) => client.generations.wait(`task_${number}`, { waitTimeoutMs: 3_600_000 });
  const ended = await value(Promise.all(Array.from({ length: waits }, wait)));
  assert.equal(new Set(ended.map(({ id }) => id)).size, waits);
  client.free();
  return atMs;
}

function checkSpacing(atMs) {
  for (const [index, fromMs] of atMs.entries()) {
    const within = atMs.slice(index).filter((ms) => ms < fromMs + 1_000).length;
    assert.ok(within <= MOST_IN_A_SECOND, `${within} polls in the second from ${fromMs - atMs[0]} ms`);
  }
}

const limited = (seconds) => refuse(429, "rate_limited", { "Retry-After": String(seconds) });
const PLATFORMS = {
  in_node: () => {},
  as_on_workers: () => {
    globalThis.WebSocketPair = class {};
  },
};

describe("a wait of no time", () => {
  afterEach(() => delete globalThis.WebSocketPair);

  for (const [platform, pretend] of Object.entries(PLATFORMS)) {
    test(`polls_once_though_${WAITS}_begin_together_${platform}`, async () => {
      pretend();
      const polled = new Set();
      const fetch = async (url) => {
        polled.add(url);
        return answer({ ...generation("processing"), id: url.split("/").at(-1) });
      };
      const client = await connect(fetch, { timeoutMs: 10_000 });
      const ended = await value(
        Promise.all(
          Array.from({ length: WAITS }, (_, number) =>
            client.generations.wait(`task_${number}`, { waitTimeoutMs: 0 }).catch((error) => error),
          ),
        ),
      );
      assert.equal(polled.size, WAITS);
      assert.deepEqual(
        new Set(ended.map(({ code, generation: last }) => `${code} ${last?.status}`)),
        new Set(["timeout processing"]),
      );
      client.free();
    });
  }
});

describe("no second sees more than five polls", () => {
  afterEach(() => delete globalThis.WebSocketPair);

  for (const [platform, pretend] of Object.entries(PLATFORMS)) {
    test(`of_${WAITS}_waits_${platform}_and_five_are_made`, async () => {
      pretend();
      const atMs = await pollsOf(() => undefined);
      checkSpacing(atMs);
      const tookMs = atMs.at(-1) - atMs[0];
      assert.equal(tookMs, (WAITS - 1) * 200, "as many as are allowed");
    });

    for (const seconds of [20, 58]) {
      test(`of_${WAITS}_waits_${platform}_behind_a_pause_of_${seconds}_s`, async () => {
        pretend();
        const atMs = await pollsOf((number) => (number === 1 ? limited(seconds) : undefined));
        checkSpacing(atMs);
        assert.equal(atMs.length, WAITS + 1);
        assert.ok(atMs[1] - atMs[0] >= seconds * 1_000, "none within the pause");
      });
    }

    test(`of_waits_with_pauses_and_failures_at_random_${platform}`, async () => {
      for (let seed = 1; seed <= 10; seed += 1) {
        pretend();
        const random = randomOf(seed * 104_729);
        const respond = () => {
          const draw = random();
          if (draw < 0.05) return limited(Math.floor(random() * 30));
          return draw < 0.15 ? refuse(503, "public_api_disabled") : undefined;
        };
        checkSpacing(await pollsOf(respond, 60));
      }
    });
  }
});
