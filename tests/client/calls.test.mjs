/** A call ends once: with its result, its caller's signal, or a crash of the module; and nothing of it is left. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { clock, connect, createFakeApi, failure, value } from "./harness.mjs";

const listeners = (signal) => getEventListeners(signal, "abort").length;
const hanging = () => createFakeApi(() => "hang");

describe("a call", () => {
  test("rejects_with_what_its_arguments_threw", async () => {
    const client = await connect(hanging());
    const error = await failure(client.generations.retrieve(7));
    assert.match(error.message, /^id must be a string/);
  });

  test("ends_with_its_signals_own_reason_at_once_and_leaves_no_listener_and_no_request", async () => {
    const api = hanging();
    const client = await connect(api);
    const controller = new AbortController();
    const reason = { enough: true };
    const call = client.credits.retrieve({ signal: controller.signal });
    await clock.settle();
    assert.equal(listeners(controller.signal), 1);
    assert.equal(api.inFlight().length, 1);
    controller.abort(reason);
    assert.equal(listeners(controller.signal), 0);
    assert.deepEqual(api.inFlight(), [], "in the same turn");
    await assert.rejects(call, (thrown) => thrown === reason);
  });

  test("of_a_signal_that_has_fired_never_begins", async () => {
    const api = hanging();
    const client = await connect(api);
    await assert.rejects(
      client.credits.retrieve({ signal: AbortSignal.abort("too late") }),
      (thrown) => thrown === "too late",
    );
    await clock.settle();
    assert.deepEqual(api.calls, []);
  });

  test("that_is_aborted_in_the_turn_in_which_it_was_begun_sends_nothing", async () => {
    const api = hanging();
    const client = await connect(api);
    const controller = new AbortController();
    const call = client.credits.retrieve({ signal: controller.signal });
    controller.abort("at once");
    await assert.rejects(call, (thrown) => thrown === "at once");
    await clock.settle();
    assert.deepEqual(api.calls, []);
  });

  test("shares_one_listener_with_all_others_of_its_signal", async () => {
    const answers = [];
    const fetch = () => new Promise((resolve) => answers.push(() => resolve(Response.json({ current_credits: 1 }))));
    const client = await connect(fetch);
    const { signal } = new AbortController();
    const calls = Array.from({ length: 20 }, () => client.credits.retrieve({ signal }));
    await clock.settle();
    assert.deepEqual([listeners(signal), answers.length], [1, 20]);
    answers.slice(1).forEach((answer) => answer());
    await value(Promise.all(calls.slice(1)));
    assert.equal(listeners(signal), 1);
    answers[0]();
    await value(calls[0]);
    assert.equal(listeners(signal), 0);
  });
});
