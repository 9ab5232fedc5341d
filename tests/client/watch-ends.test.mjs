/** However a watch ends, no listener, timer or loop is left, and not one poll more is made. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { HILL, ID, clock, connect, createFakeApi, failure, generation, pass, underWay, value } from "./harness.mjs";

const REASON = new Error("the caller has left");
const LONG_MS = 200_000;
const listeners = (signal) => getEventListeners(signal, "abort").length;

/** It never ends, and every poll sees another state. */
const endless = () => createFakeApi(({ number }) => ({ json: underWay(number % 60) }));

describe("a watch", () => {
  const ORDERS = {
    next_return: [(states) => [states.next(), states.return()], [false, true]],
    return_next: [(states) => [states.return(), states.next()], [true, true]],
    next_next_return: [(states) => [states.next(), states.next(), states.return()], [false, false, true]],
    next_return_next: [(states) => [states.next(), states.return(), states.next()], [false, true, true]],
    return_return: [(states) => [states.return(), states.return()], [true, true]],
  };
  for (const [order, [go, over]] of Object.entries(ORDERS)) {
    test(`called_with_${order}_in_one_turn_ends_and_leaves_no_listener`, async () => {
      const api = endless();
      const client = await connect(api);
      const { signal } = new AbortController();
      const states = client.generations.watch(ID, { signal });
      const results = [];
      for (const each of go(states)) results.push(each.then(({ done }) => done));
      const done = await value(Promise.all(results));
      // What was under way when it was left may have been answered, or not.
      for (const [index, isOver] of over.entries())
        if (isOver) assert.equal(done[index], true, `call ${index + 1} of ${order}`);
      await clock.settle();
      assert.equal(listeners(signal), 0);
      const { length } = api.calls;
      if (order.startsWith("return")) assert.equal(length, 0, "a watch that was left before it began looks at nothing");
      await pass(LONG_MS);
      assert.equal(api.calls.length, length);
      assert.deepEqual(api.inFlight(), []);
    });
  }

  test("whose_end_another_reader_writes_into_before_its_own_is_back_ends_all_the_same", async () => {
    const api = createFakeApi(({ number }) => ({ json: number > 1 ? generation("succeeded") : underWay(number) }));
    const client = await connect(api);
    const states = client.generations.watch(ID, { waitTimeoutMs: 60_000 });
    await value(states.next());
    const overwrite = async () => {
      for await (const state of client.generations.watch(ID)) state.status = "read";
    };
    await value(overwrite());
    const rest = [];
    const readOn = async () => {
      for await (const state of states) rest.push(state.id);
    };
    await value(readOn());
    assert.equal(rest.at(-1), ID);
    await pass(LONG_MS);
    assert.equal(api.calls.length, 3, "no poll follows the one that saw the end");
  });

  for (const afterMs of [1, 3_000, 12_000]) {
    test(`aborted_${afterMs}_ms_after_a_state_while_its_consumer_is_busy_stops_at_once_and_rejects_with_the_reason`, async () => {
      const api = endless();
      const client = await connect(api);
      const controller = new AbortController();
      const states = client.generations.watch(ID, { signal: controller.signal });
      await value(states.next());
      await pass(afterMs);
      controller.abort(REASON);
      const { length } = api.calls;
      await pass(LONG_MS);
      assert.equal(api.calls.length, length);
      assert.equal(listeners(controller.signal), 0);
      assert.equal(await failure(states.next()), REASON);
      assert.deepEqual(await value(states.next()), { done: true, value: undefined });
    });
  }

  test("aborted_while_a_poll_is_under_way_and_nobody_asks_for_it_aborts_that_poll", async () => {
    const api = createFakeApi(({ number }) => (number === 0 ? { json: underWay(0) } : "hang"));
    const controller = new AbortController();
    const states = (await connect(api)).generations.watch(ID, { signal: controller.signal });
    await value(states.next());
    await pass(6_000);
    assert.equal(api.inFlight().length, 1);
    controller.abort(REASON);
    assert.deepEqual(api.inFlight(), []);
    assert.equal(await failure(states.next()), REASON);
  });
});

describe("a generate that is aborted in its first progress after the submission", () => {
  async function generateAndAbortIn(phase) {
    const controller = new AbortController();
    const api = createFakeApi(({ method }) => ({ status: method === "POST" ? 201 : 200, json: generation("queued") }));
    const client = await connect(api);
    const onProgress = (progress) => progress.phase === phase && controller.abort(REASON);
    assert.equal(await failure(client.generate(HILL, { signal: controller.signal, onProgress })), REASON);
    await clock.settle();
    return { api, client };
  }

  test("leaves_no_loop_that_a_later_wait_would_join", async () => {
    const { api, client } = await generateAndAbortIn("queued");
    client.generations.wait(ID, { waitTimeoutMs: 1_000 }).catch(() => {});
    await clock.settle();
    assert.deepEqual(
      api.calls.map(({ method }) => method),
      ["POST", "GET"],
      "a loop of its own begins with a poll",
    );
    await pass(LONG_MS);
  });

  test("makes_no_poll", async () => {
    const { api } = await generateAndAbortIn("queued");
    await pass(LONG_MS);
    assert.deepEqual(
      api.calls.map(({ method }) => method),
      ["POST"],
    );
  });
});
