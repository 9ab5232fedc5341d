/**
 * A download stops when its caller or its time says so, whatever its fetch does; and what fails in passing is repeated.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tinyPng } from "../support/tiny-png.mjs";
import { clock, connect, createFakeApi, failure, failureOf, generation, pass, value } from "./harness.mjs";

const PIECE_MS = 1_000;
const LONG_MS = 300_000;
const REASON = new Error("the caller has left");
const RESULT = generation("succeeded");
const URLS = ["https://media.example.com/1", "https://media.example.com/2"];
const twoResults = { ...RESULT, result: { primary_url: URLS[0], urls: URLS } };
const bytesOf = async (blobs) =>
  Promise.all((await value(blobs)).map(async (blob) => new Uint8Array(await blob.arrayBuffer())));

/**
 * A fetch that heeds no signal; each answer is `pieces` pieces of as many bytes as its number has tens, one a second.
 */
function deaf(pieces) {
  const answers = [];
  const fetch = async () => {
    const own = { pulls: 0, cancelled: false };
    answers.push(own);
    const size = 10 ** answers.length;
    const stream = {
      async pull(controller) {
        await clock.sleep(PIECE_MS);
        own.pulls += 1;
        if (own.pulls > pieces) controller.close();
        else controller.enqueue(new Uint8Array(size));
      },
      cancel() {
        own.cancelled = true;
      },
    };
    return new Response(new ReadableStream(stream, { highWaterMark: 0 }));
  };
  return { fetch, answers };
}

describe("over a fetch that ignores its signal a download stops reading", () => {
  test("after_an_abort", async () => {
    const { fetch, answers } = deaf(1_000);
    const client = await connect(fetch);
    const controller = new AbortController();
    const told = { before: 0, after: 0 };
    const onProgress = () => (told[controller.signal.aborted ? "after" : "before"] += 1);
    const download = client.download(RESULT, { signal: controller.signal, onProgress });
    void clock.sleep(5 * PIECE_MS + 500).then(() => controller.abort(REASON));
    assert.equal(await failure(download), REASON);
    await pass(LONG_MS);
    // One to begin with and five pieces; the sixth one was being pulled.
    assert.deepEqual(told, { before: 6, after: 0 });
    assert.deepEqual(answers, [{ pulls: 6, cancelled: true }]);
  });

  test("after_its_time_and_what_comes_late_is_no_progress_of_the_next_attempt", async () => {
    const { fetch, answers } = deaf(12);
    const client = await connect(fetch, { maxRetries: 1 });
    const loaded = [];
    await failureOf(
      "timeout",
      client.download(RESULT, { timeoutMs: 8_500, onProgress: ({ loadedBytes }) => loaded.push(loadedBytes) }),
    );
    await pass(LONG_MS);
    const attempt = (size) => Array.from({ length: 9 }, (_, piece) => piece * size);
    assert.deepEqual(loaded, [...attempt(10), ...attempt(100)]);
    assert.deepEqual(answers, [
      { pulls: 9, cancelled: true },
      { pulls: 9, cancelled: true },
    ]);
  });

  test("that_was_answered_after_the_abort_only", async () => {
    const { fetch, answers } = deaf(1_000);
    const client = await connect(async () => {
      await clock.sleep(PIECE_MS);
      return fetch();
    });
    const controller = new AbortController();
    const told = [];
    const download = client.download(RESULT, {
      signal: controller.signal,
      onProgress: (progress) => told.push(progress),
    });
    void clock.sleep(PIECE_MS / 2).then(() => controller.abort(REASON));
    assert.equal(await failure(download), REASON);
    await pass(LONG_MS);
    assert.deepEqual([told, answers], [[], [{ pulls: 0, cancelled: true }]]);
  });

  test("when_another_result_failed", async () => {
    const long = deaf(1_000);
    const fetch = async (url) => (url.endsWith("1") ? long.fetch() : new Response("gone", { status: 410 }));
    await failureOf("not_found", (await connect(fetch)).download(twoResults));
    await pass(LONG_MS);
    assert.deepEqual(long.answers, [{ pulls: 0, cancelled: true }], "not a piece of it is read");
  });
});

describe("a download", () => {
  test("tells_nothing_after_an_abort_in_its_callback_though_more_has_arrived", async () => {
    const fetch = async (_, { signal }) => {
      const start = (controller) => {
        signal.addEventListener("abort", () => controller.error(signal.reason), { once: true });
        for (let piece = 0; piece < 3; piece += 1) controller.enqueue(new Uint8Array(10));
        controller.close();
      };
      return new Response(new ReadableStream({ start }));
    };
    const client = await connect(fetch);
    for (let last = 1; last <= 6; last += 1) {
      const controller = new AbortController();
      const told = { before: 0, after: 0 };
      const onProgress = () => {
        told[controller.signal.aborted ? "after" : "before"] += 1;
        if (told.before === last) controller.abort(REASON);
      };
      assert.equal(await failure(client.download(twoResults, { signal: controller.signal, onProgress })), REASON);
      await clock.settle();
      assert.deepEqual(told, { before: last, after: 0 });
    }
  });

  test("is_repeated_where_the_network_or_the_host_fails_in_passing", async () => {
    const answers = [
      "network",
      { status: 503, text: "later", headers: { "Retry-After": "7" } },
      { status: 429, text: "slow" },
    ];
    const api = createFakeApi(({ number }) => answers[number]);
    const begunMs = clock.nowMs();
    assert.deepEqual(await bytesOf((await connect(api)).download(RESULT)), [tinyPng()]);
    assert.equal(api.calls.length, 4);
    assert.ok(clock.nowMs() - begunMs >= 7_000, "Retry-After is obeyed");
  });

  test("that_fails_for_good_says_how_often_it_was_tried", async () => {
    const api = createFakeApi(() => "network");
    const error = await failureOf("network_error", (await connect(api, { maxRetries: 2 })).download(RESULT));
    assert.deepEqual([error.attempts, api.calls.length, error.retryable], [3, 3, true]);
  });

  for (const status of [400, 403, 404, 410, 501]) {
    test(`that_is_answered_with_${status}_is_not_repeated`, async () => {
      const api = createFakeApi(() => ({ status, text: "no" }));
      const error = await failure((await connect(api)).download(RESULT));
      assert.deepEqual([error.status, error.attempts, api.calls.length], [status, 1, 1]);
    });
  }
});
