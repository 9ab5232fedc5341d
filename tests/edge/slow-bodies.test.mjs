/**
 * Bodies that don't come, and an API that doesn't answer an upload: nobody holds a connection for as long as he likes.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FORM_TEXT, recordingApi, startProxy } from "../support/edge.mjs";

const says = ({ status, json }, expectedStatus, code) =>
  assert.deepEqual([status, json?.error?.code], [expectedStatus, code]);
const bytes = (count) => new Uint8Array(count).fill(0x20);

/** Timers and the clock stand still, but for `pass(ms)`. */
function stoppedClock(t) {
  let nowMs = 0;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => nowMs);
  const settled = async () => {
    for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
  };
  return async (ms) => {
    await settled();
    nowMs += ms;
    t.mock.timers.tick(ms);
    await settled();
  };
}

/** A body of which `send(piece)` sends the next piece, and `end()` the end. */
function body() {
  let controller;
  const sent = { isCancelled: false };
  const stream = new ReadableStream({
    start: (given) => void (controller = given),
    cancel: () => void (sent.isCancelled = true),
  });
  return { stream, sent, send: (piece) => controller.enqueue(piece), end: () => controller.close() };
}

/** What a promise gave so far. */
function watched(promise) {
  const state = { answer: undefined };
  promise.then((answer) => (state.answer = answer));
  return state;
}

/** An API that reads uploads as a network does: `aborted` tells whether one was cut. It answers where `answers`. */
function readingApi({ answers = true } = {}) {
  const seen = { bytes: 0, aborted: false, ended: false };
  const api = recordingApi(async ({ path, init }) => {
    if (path !== "/files") return undefined;
    const cut = new Promise((_, reject) => {
      init.signal.addEventListener("abort", () => {
        seen.aborted = true;
        reject(new DOMException("cut", "AbortError"));
      });
    });
    const reader = (typeof init.body === "string" ? new Blob([init.body]).stream() : init.body).getReader();
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), cut]).catch((error) => {
        reader.cancel(error).catch(() => {});
        throw error;
      });
      if (done) break;
      seen.bytes += value.byteLength;
    }
    seen.ended = true;
    return answers ? undefined : cut;
  });
  return { api, seen };
}

describe("a submission", () => {
  test("whose_body_does_not_come_to_its_end_is_refused_after_a_minute_unsent_and_read_no_further", async (t) => {
    const pass = stoppedClock(t);
    const { submit, api } = startProxy();
    const { stream, sent, send } = body();
    const state = watched(submit({ body: stream }));
    // Now and then a byte: the whole has its time, not each piece.
    for (let seconds = 0; seconds < 50; seconds += 10) {
      send(bytes(1));
      await pass(10_000);
    }
    await pass(9_999);
    assert.equal(state.answer, undefined);
    assert.equal(sent.isCancelled, false);
    await pass(1);
    says(state.answer, 408, "request_timeout");
    assert.equal(sent.isCancelled, true);
    assert.deepEqual(api.calls, []);
  });

  test("that_comes_in_time_is_sent_and_leaves_no_timer_of_its_body", async (t) => {
    const pass = stoppedClock(t);
    const { submit } = startProxy();
    const { stream, send, end } = body();
    const state = watched(submit({ body: stream }));
    await pass(59_000);
    send(new TextEncoder().encode('{"model":"z-image"}'));
    end();
    await pass(0);
    assert.equal(state.answer.status, 202);
  });
});

describe("an upload that says its length", () => {
  const LENGTH = 1_600_000;
  /** A minute, and 16 bytes a millisecond. */
  const LIMIT_MS = 60_000 + 100_000;

  test("may_take_a_minute_and_a_second_for_each_16_kB_and_is_then_cut_off_at_the_api", async (t) => {
    const pass = stoppedClock(t);
    const { api, seen } = readingApi();
    const { upload } = startProxy({ api });
    const { stream, sent, send } = body();
    const state = watched(upload({ body: stream, length: String(LENGTH) }));
    send(bytes(1_000));
    await pass(LIMIT_MS - 1);
    assert.deepEqual([state.answer, seen.bytes, seen.aborted], [undefined, 1_000, false]);
    await pass(1);
    says(state.answer, 504, "upstream_timeout");
    assert.deepEqual([seen.aborted, seen.ended, sent.isCancelled], [true, false, true]);
  });

  test("is_given_up_in_the_same_time_where_the_api_has_all_of_it_and_does_not_answer", async (t) => {
    const pass = stoppedClock(t);
    const { api, seen } = readingApi({ answers: false });
    const { upload } = startProxy({ api });
    const state = watched(upload());
    const limitMs = 60_000 + FORM_TEXT.length / 16;
    await pass(Math.floor(limitMs) - 1);
    assert.deepEqual([state.answer, seen.ended], [undefined, true]);
    await pass(2);
    says(state.answer, 504, "upstream_timeout");
    assert.equal(seen.aborted, true);
  });

  test("that_is_there_in_time_leaves_no_timer", async (t) => {
    const pass = stoppedClock(t);
    const { api, seen } = readingApi();
    const { upload } = startProxy({ api });
    assert.equal((await upload()).status, 201);
    await pass(LIMIT_MS * 10);
    assert.equal(seen.aborted, false);
  });
});

describe("an upload without a length", () => {
  const OPTIONS = { allowChunkedUploads: true, maxUploadBytes: 3_200_000 };

  test("may_not_stand_still_for_a_minute", async (t) => {
    const pass = stoppedClock(t);
    const { api, seen } = readingApi();
    const { upload } = startProxy({ api, ...OPTIONS });
    const { stream, sent, send } = body();
    const state = watched(upload({ body: stream, length: null }));
    for (let times = 0; times < 3; times += 1) {
      await pass(59_000);
      assert.equal(state.answer, undefined);
      send(bytes(1_000));
    }
    await pass(59_999);
    assert.equal(state.answer, undefined);
    await pass(1);
    says(state.answer, 504, "upstream_timeout");
    assert.deepEqual([seen.bytes, seen.aborted, seen.ended, sent.isCancelled], [3_000, true, false, true]);
  });

  for (const isAnswered of [true, false]) {
    test(`that_was_${isAnswered ? "answered" : "given_up"}_leaves_no_timer_though_more_of_its_body_comes_afterwards`, async (t) => {
      const timers = new Set();
      t.mock.method(globalThis, "setTimeout", (callback) => (timers.add(callback), callback));
      t.mock.method(globalThis, "clearTimeout", (timer) => void timers.delete(timer));
      const settled = async () => {
        for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
      };
      let answerIt;
      let pieces = 0;
      // A fetch of the options' that reads on, whatever was answered or aborted.
      const readOn = async (reader) => {
        while (!(await reader.read()).done) pieces += 1;
      };
      const api = recordingApi(
        ({ init }) => (readOn(init.body.getReader()), new Promise((resolve) => (answerIt = resolve))),
      );
      const { stream, send } = body();
      const asking = startProxy({ api, ...OPTIONS }).upload({ body: stream, length: null });
      send(bytes(1));
      await settled();
      assert.deepEqual([pieces, timers.size], [1, 1]);
      const [expire] = timers;
      if (isAnswered) answerIt();
      else {
        timers.delete(expire);
        expire();
      }
      assert.equal((await asking).status, isAnswered ? 201 : 504);
      send(bytes(1));
      await settled();
      assert.deepEqual([pieces, timers.size], [2, 0]);
    });
  }

  test("may_not_take_longer_than_one_of_the_longest_either", async (t) => {
    const pass = stoppedClock(t);
    const { api, seen } = readingApi();
    const { upload } = startProxy({ api, ...OPTIONS });
    const { stream, send } = body();
    const state = watched(upload({ body: stream, length: null }));
    // 60 s, and 200 s for 3.2 MB.
    for (let passedMs = 0; passedMs < 259_000; passedMs += 37_000) {
      assert.equal(state.answer, undefined, `${passedMs} ms`);
      send(bytes(1));
      await pass(37_000);
    }
    assert.equal(state.answer, undefined);
    await pass(1_000);
    says(state.answer, 504, "upstream_timeout");
    assert.deepEqual([seen.aborted, seen.ended], [true, false]);
  });

  test("is_given_up_a_minute_after_its_end_where_the_api_does_not_answer", async (t) => {
    const pass = stoppedClock(t);
    const { api, seen } = readingApi({ answers: false });
    const { upload } = startProxy({ api, ...OPTIONS });
    const { stream, send, end } = body();
    const state = watched(upload({ body: stream, length: null }));
    await pass(50_000);
    send(bytes(1_000));
    end();
    await pass(59_999);
    assert.deepEqual([state.answer, seen.ended], [undefined, true]);
    await pass(1);
    says(state.answer, 504, "upstream_timeout");
    assert.equal(seen.aborted, true);
  });
});
