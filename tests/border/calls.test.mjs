/** A call ends once: with its result, its caller's signal, or a crash of the module; and nothing of it is left. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { run } from "../../src/js/calls.js";
import { sleep } from "../../src/js/timer.js";

const LONG_MS = 60_000;
const listeners = (signal) => getEventListeners(signal, "abort").length;

describe("a call", () => {
  test("rejects_with_what_its_arguments_threw", async () => {
    const wrong = new TypeError("id must be a string");
    await assert.rejects(
      run(() => {
        throw wrong;
      }),
      wrong,
    );
  });

  test("ends_with_its_signals_own_reason_at_once_and_leaves_no_listener", async () => {
    const controller = new AbortController();
    const reason = { enough: true };
    let scope;
    const call = run(() => [controller.signal, (given) => sleep(LONG_MS, (scope = given))]);
    assert.equal(listeners(controller.signal), 1);
    controller.abort(reason);
    assert.equal(listeners(controller.signal), 0);
    assert.throws(() => scope.check(), "what it had under way has ended");
    await assert.rejects(call, (thrown) => thrown === reason);
  });

  test("of_a_signal_that_has_fired_never_begins", async () => {
    let began = false;
    const work = async () => {
      began = true;
    };
    await assert.rejects(
      run(() => [AbortSignal.abort("too late"), work]),
      (thrown) => thrown === "too late",
    );
    assert.ok(!began);
  });

  test("shares_one_listener_with_all_others_of_its_signal", async () => {
    const { signal } = new AbortController();
    const ends = [];
    const calls = Array.from({ length: 20 }, () =>
      run(() => [signal, () => new Promise((resolve) => ends.push(resolve))]),
    );
    assert.equal(listeners(signal), 1);
    ends.slice(1).forEach((end) => end());
    await Promise.all(calls.slice(1));
    assert.equal(listeners(signal), 1);
    ends[0]("the last");
    assert.equal(await calls[0], "the last");
    assert.equal(listeners(signal), 0);
  });

  test("ends_all_that_it_had_under_way", async () => {
    let left;
    await run(() => [undefined, async (scope) => void (left = sleep(LONG_MS, scope)).catch(() => {})]);
    await assert.rejects(left);
  });
});

describe("a crash of the module", () => {
  // The last test of this file: a module that crashed refuses all that comes after.
  test("rejects_every_call_in_flight_and_all_later_ones", async () => {
    const reading = run(() => [undefined, (scope) => sleep(LONG_MS, scope)]);
    const submitting = run(() => [undefined, (scope) => sleep(LONG_MS, scope)], true);
    const crashing = run(() => [
      undefined,
      async () => {
        throw new WebAssembly.RuntimeError("unreachable");
      },
    ]);
    for (const [call, mayHaveBeenCharged] of [
      [crashing, false],
      [reading, false],
      [submitting, true],
      [run(() => [undefined, async () => "never"]), false],
    ])
      await assert.rejects(call, (error) => {
        assert.equal(error.code, "module_crashed");
        assert.equal(error.mayHaveBeenCharged, mayHaveBeenCharged);
        return true;
      });
  });
});
