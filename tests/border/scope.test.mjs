/** What a scope holds is taken back when it ends: timers, places in a queue, requests. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { exchange } from "../../src/js/exchange.js";
import { ENDED, Scope } from "../../src/js/scope.js";
import { Turnstile, sleep } from "../../src/js/timer.js";

const LONG_MS = 60_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const ended = (promise) => assert.rejects(promise, (reason) => reason === ENDED);

/** Timers that are running now. */
let timers;
const { setTimeout: realSet, clearTimeout: realClear } = globalThis;

beforeEach(() => {
  timers = new Set();
  globalThis.setTimeout = (callback, delayMs) => {
    const id = realSet(() => {
      timers.delete(id);
      callback();
    }, delayMs);
    timers.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    realClear(id);
  };
});
afterEach(() => Object.assign(globalThis, { setTimeout: realSet, clearTimeout: realClear }));

describe("a scope", () => {
  test("ends_its_children_but_not_its_parent", () => {
    const parent = new Scope();
    const [first, second] = [parent.child(), parent.child()];
    first.end();
    assert.throws(() => first.check());
    parent.check();
    second.check();
    parent.end();
    assert.throws(() => second.check());
  });

  test("that_has_ended_takes_nothing_more", () => {
    const scope = new Scope();
    scope.end();
    assert.throws(() => scope.add(() => {}));
    assert.throws(() => scope.child());
  });
});

describe("a sleep", () => {
  test("leaves_no_timer_when_its_scope_ends", async () => {
    const scope = new Scope();
    const sleeping = sleep(LONG_MS, scope);
    assert.equal(timers.size, 1);
    scope.end();
    assert.equal(timers.size, 0);
    await ended(sleeping);
  });

  test("leaves_no_timer_when_it_is_ended_early", async () => {
    const scope = new Scope();
    await sleep(LONG_MS, scope, (wake) => queueMicrotask(wake));
    assert.equal(timers.size, 0);
  });

  test("of_no_time_sets_no_timer_but_heeds_its_scope", async () => {
    const scope = new Scope();
    await sleep(0, scope);
    assert.equal(timers.size, 0);
    scope.end();
    await ended(sleep(0, scope));
  });
});

describe("an exchange", () => {
  const init = { method: "GET" };

  test("aborts_its_request_when_its_scope_ends", async () => {
    const scope = new Scope();
    let signal;
    const never = (_, { signal: given }) => new Promise(() => (signal = given));
    const answer = exchange(never, "https://a.test", init, LONG_MS, scope);
    assert.equal(timers.size, 1);
    scope.end();
    await ended(answer);
    assert.ok(signal.aborted);
    assert.equal(timers.size, 0);
  });

  test("aborts_its_request_when_its_time_is_up", async () => {
    let signal;
    const never = (_, { signal: given }) => new Promise(() => (signal = given));
    assert.deepEqual(await exchange(never, "https://a.test", init, 1, new Scope()), { timedOut: true });
    assert.ok(signal.aborted);
  });

  test("that_was_answered_is_not_aborted_afterwards", async () => {
    const scope = new Scope();
    let signal;
    const fetcher = async (_, { signal: given }) => {
      signal = given;
      return Response.json({ ok: true });
    };
    assert.deepEqual((await exchange(fetcher, "https://a.test", init, LONG_MS, scope)).json, { ok: true });
    scope.end();
    assert.ok(!signal.aborted);
    assert.equal(timers.size, 0);
  });

  for (const [name, fetcher] of Object.entries({
    throws: () => {
      throw new Error("no network");
    },
    rejects_with_nothing: () => Promise.reject(undefined),
    answers_nothing: () => Promise.resolve(undefined),
    answers_a_look_alike: () => Promise.resolve({ status: "200" }),
  }))
    test(`with_a_fetch_that_${name}_is_a_failure_in_words`, async () => {
      const { failure } = await exchange(
        async (...args) => fetcher(...args),
        "https://a.test",
        init,
        LONG_MS,
        new Scope(),
      );
      assert.equal(typeof failure, "string");
      assert.equal(timers.size, 0);
    });
});

describe("a turnstile", () => {
  /** Enters in a scope of its own, and stays until `leave`. */
  function enter(turnstile) {
    const scope = new Scope();
    const visitor = { scope, entered: false };
    visitor.done = turnstile.during(scope, () => {
      visitor.entered = true;
      return new Promise((resolve) => (visitor.leave = resolve));
    });
    visitor.done.catch(() => {});
    return visitor;
  }

  test("lets_pass_first_who_asks_first", async () => {
    const turnstile = new Turnstile(1);
    const [first, second, third] = [enter(turnstile), enter(turnstile), enter(turnstile)];
    await turn();
    assert.deepEqual([first.entered, second.entered, third.entered], [true, false, false]);
    first.leave();
    await turn();
    const late = enter(turnstile);
    assert.deepEqual([second.entered, third.entered], [true, false]);
    second.leave();
    await turn();
    assert.deepEqual([third.entered, late.entered], [true, false]);
    third.leave();
    await turn();
    assert.ok(late.entered);
  });

  test("lets_as_many_pass_as_there_are_places", async () => {
    const turnstile = new Turnstile(2);
    const visitors = [enter(turnstile), enter(turnstile), enter(turnstile)];
    await turn();
    assert.deepEqual(
      visitors.map(({ entered }) => entered),
      [true, true, false],
    );
  });

  test("gives_a_place_on_where_its_work_throws", async () => {
    const turnstile = new Turnstile(1);
    await assert.rejects(
      turnstile.during(new Scope(), async () => {
        throw new Error("failed");
      }),
    );
    const next = enter(turnstile);
    await turn();
    assert.ok(next.entered);
  });

  test("forgets_who_gives_up_waiting_before_or_after_the_place_was_granted", async () => {
    const turnstile = new Turnstile(1);
    const first = enter(turnstile);
    await turn();
    const [early, late, stays] = [enter(turnstile), enter(turnstile), enter(turnstile)];
    early.scope.end();
    await ended(early.done);
    first.leave();
    await turn();
    late.scope.end();
    late.leave?.();
    await turn();
    assert.ok(stays.entered);
    assert.ok(!early.entered);
  });
});
