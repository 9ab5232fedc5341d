/**
 * All who wait for one id share one loop of polls. Who comes in the very turns in which it ends is told of the end all
 * the same.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ID, answer, clock, connect, failureOf, generation, refuse, value } from "./harness.mjs";

const TURNS = 20;
/** The next loop's first poll has to wait for its share of five a second, and for nothing else. */
const SOON_MS = 200;

/**
 * An API that always answers alike, and calls `onFirst` so many turns of the microtask queue after its first answer was
 * read.
 */
function apiOf(respond, turns, onFirst) {
  let polls = 0;
  return async () => {
    const response = respond();
    polls += 1;
    if (polls > 1) return response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    let isRead = false;
    const pull = (controller) => {
      if (!isRead) {
        isRead = true;
        return controller.enqueue(bytes);
      }
      controller.close();
      let turn = Promise.resolve();
      for (let count = 0; count < turns; count += 1) turn = turn.then(() => {});
      turn.then(onFirst);
    };
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), response);
  };
}

const ENDS = {
  the_result: [
    () => answer(generation("succeeded")),
    async (promise) => assert.equal((await value(promise)).status, "succeeded"),
  ],
  the_failure_of_the_generation: [
    () => answer(generation("failed")),
    (promise) => failureOf("generation_failed", promise),
  ],
  the_failure_of_the_poll: [() => refuse(401, "api_key_invalid"), (promise) => failureOf("api_key_invalid", promise)],
};

const lastOf = async (states) => {
  let last;
  for await (const state of states) last = state;
  return last;
};
const WAYS = {
  wait: (client) => client.generations.wait(ID, { waitTimeoutMs: 60_000 }),
  watch: async (client) => {
    const last = await lastOf(client.generations.watch(ID, { waitTimeoutMs: 60_000 }));
    // A watch gives a failed generation as its last state.
    return last.status === "failed" ? client.generations.wait(ID) : last;
  },
};

describe("who joins in the turns around the end of a loop", () => {
  for (const [end, [respond, expect]] of Object.entries(ENDS)) {
    for (const [way, join] of Object.entries(WAYS)) {
      test(`gets_${end}_by_${way}`, async () => {
        for (let turns = 0; turns <= TURNS; turns += 1) {
          let joined;
          const client = await connect(apiOf(respond, turns, () => (joined = join(client)).catch(() => {})));
          const first = client.generations.wait(ID);
          await expect(first);
          await clock.settle();
          const begunMs = clock.nowMs();
          await expect(joined);
          const tookMs = clock.nowMs() - begunMs;
          assert.ok(tookMs <= 2 * SOON_MS, `${turns} turns after the answer: ${tookMs} ms`);
          client.free();
        }
      });
    }
  }
});
