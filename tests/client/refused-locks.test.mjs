/**
 * A Web Lock that is refused is somebody else's: a callback that is given null has no lock. No platform refuses one
 * that is waited for, but what a script has put in its place may.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HILL, clock, connect, createFakeApi, generation, pass, value } from "./harness.mjs";

/** Locks of which nobody waits for one: it is had at once, or not at all. */
function locksWithoutQueues() {
  const held = new Map();
  let refused = 0;
  async function request(name, { mode = "exclusive" }, callback) {
    const modes = held.get(name) ?? [];
    const isTaken = modes.length > 0 && (mode === "exclusive" || modes.includes("exclusive"));
    if (isTaken) {
      refused += 1;
      return callback(null);
    }
    held.set(name, [...modes, mode]);
    try {
      return await callback({ name, mode });
    } finally {
      held.set(name, held.get(name).toSpliced(held.get(name).indexOf(mode), 1));
    }
  }
  const query = async () => ({ held: [...held].flatMap(([name, modes]) => modes.map((mode) => ({ name, mode }))) });
  return { request, query, refused: () => refused };
}

function memory() {
  const texts = new Map();
  return {
    get: async (key) => texts.get(key),
    set: async (key, text) => void texts.set(key, text),
    delete: async (key) => void texts.delete(key),
    keys: async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
  };
}

describe("where a lock is refused", () => {
  let locks;
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  beforeEach(() => {
    locks = locksWithoutQueues();
    Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
  });
  afterEach(() => {
    if (before === undefined) delete globalThis.navigator;
    else Object.defineProperty(globalThis, "navigator", before);
  });

  /** Answers a submission after a second: the other tab comes while it is under way. */
  function slowApi() {
    const api = createFakeApi();
    const fetch = async (url, init) => {
      if (init.method === "POST") await clock.sleep(1_000);
      return api.fetch(url, init);
    };
    return { fetch, submissions: () => api.calls.filter(({ method }) => method === "POST").length };
  }

  test("one_of_two_tabs_submits_and_the_other_one_waits_for_it", async () => {
    const [api, store] = [slowApi(), memory()];
    const tabs = await Promise.all([connect(api.fetch, { store }), connect(api.fetch, { store })]);
    const orders = tabs.map((tab) => tab.generate(HILL, { idempotencyKey: "order 7" }));
    const ends = await value(Promise.all(orders));
    assert.equal(api.submissions(), 1);
    assert.deepEqual(
      ends.map(({ id }) => id),
      [generation("succeeded").id, generation("succeeded").id],
    );
    assert.ok(locks.refused() > 0, "the second tab was refused the lock");
  });

  test("it_is_waited_for_no_longer_than_the_call_may_take", async () => {
    const [api, store] = [slowApi(), memory()];
    const { request } = locks;
    locks.request = (name, options, callback) =>
      name.startsWith("rivya-wasm/submission/") ? callback(null) : request(name, options, callback);
    const client = await connect(api.fetch, { store });
    const order = client.generate(HILL, { idempotencyKey: "order 8", waitTimeoutMs: 10_000 });
    const { error } = await clock.until(order);
    assert.deepEqual([error.code, api.submissions()], ["timeout", 0]);
    locks.request = request;
    await value(client.generate(HILL, { idempotencyKey: "order 8" }));
    assert.equal(api.submissions(), 1);
  });

  test("a_mark_that_is_somebody_elses_holds_up_nobody", async () => {
    const [api, store] = [slowApi(), memory()];
    const { request } = locks;
    locks.request = (name, options, callback) =>
      options.ifAvailable ? callback(null) : request(name, options, callback);
    const client = await connect(api.fetch, { store });
    await value(client.generate(HILL, { idempotencyKey: "order 9" }));
    assert.equal(api.submissions(), 1);
    await pass(60_000);
  });
});
