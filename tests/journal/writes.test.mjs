/**
 * When the journal writes: one write of a key after the other, notes before the answer leaves a Worker, and what has
 * done its service goes by itself.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { generation } from "../support/fake-api.mjs";
import { clock, createStore, createWorld, DAY_MS, ends, moveDate, REQUEST } from "./harness.mjs";

const isPost = ({ method, path }) => method === "POST" && path === "/generations";
const running = (call) => (call.method === "GET" ? { json: generation("processing") } : undefined);
const isEntry = (key) => !key.includes("/durations/");

/** A store far away: each operation acts when it arrives, after so long as `delayMs` says. */
function farStore(delayMs) {
  const texts = new Map();
  const ask = (what, act) =>
    async function (key, value) {
      await clock.sleep(delayMs(what));
      return act(key, value);
    };
  return {
    texts,
    get: ask("get", (key) => texts.get(key) ?? null),
    set: ask("set", (key, value) => void texts.set(key, value)),
    delete: ask("delete", (key) => void texts.delete(key)),
    keys: ask("keys", (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix))),
  };
}

describe("a removal that takes its time", () => {
  test("does_not_take_the_entry_that_is_begun_under_its_key_meanwhile", async () => {
    const far = farStore((what) => (what === "delete" ? 1_000 : 5));
    const world = createWorld(running, { store: far });
    const client = await world.open();
    assert.equal((await ends(client.generations.create(REQUEST, { idempotencyKey: "k" }))).value.id, "task_fake_1");
    // Its removal is under way.
    const { error } = await ends(client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 5_000 }));
    assert.equal(error.code, "timeout");
    await ends(clock.sleep(3_000));
    assert.equal((await ends((await world.open()).pending())).value.length, 1);
  });

  test("is_not_undone_by_a_change_that_was_on_its_way", async () => {
    const far = farStore((what) => (what === "get" ? 5 : 1_000));
    const world = createWorld(undefined, { store: far });
    const client = await world.open();
    // The first poll comes 2.5 s after the submission, and its note finds the entry there still.
    const forget = () => clock.sleep(2_000).then(() => client.forget({ idempotencyKey: "k" }));
    const call = client.generate(REQUEST, {
      idempotencyKey: "k",
      onProgress: ({ phase }) => void (phase === "queued" && forget()),
    });
    assert.equal((await ends(call)).value.status, "succeeded");
    await ends(clock.sleep(5_000));
    assert.deepEqual([...far.texts.keys()].filter(isEntry), []);
  });
});

describe("on Workers, which may stop as soon as the answer has left,", () => {
  afterEach(() => delete globalThis.WebSocketPair);

  for (const [name, call, left] of [
    ["generate", (client) => client.generate(REQUEST, { idempotencyKey: "k" }), ["succeeded"]],
    ["create", (client) => client.generations.create(REQUEST, { idempotencyKey: "k" }), ["succeeded"]],
    ["wait", (client) => client.generations.wait("task_fake_1"), ["succeeded"]],
  ]) {
    test(`what_is_noted_of_a ${name} is written before`, async () => {
      globalThis.WebSocketPair = class {};
      const store = farStore(() => 50);
      const world = createWorld(running, { store });
      const client = await world.open();
      if (name === "wait") await ends(client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 1_000 }));
      world.turn.behave = undefined;
      let found;
      const told = call(client).then(
        () => (found = [...store.texts].filter(([key]) => isEntry(key)).map(([, text]) => JSON.parse(text))),
      );
      assert.equal((await ends(told)).error, undefined);
      assert.deepEqual(
        found.map(({ state, deliveredMs }) => deliveredMs !== undefined && state),
        left,
      );
      assert.equal((await ends(client.resume({ generationId: "task_fake_1" }))).value.status, "succeeded");
    });
  }

  test("an_abort_meanwhile_loses_nothing", async () => {
    globalThis.WebSocketPair = class {};
    const controller = new AbortController();
    const store = createStore(
      (what, key, value) =>
        void (
          what === "set" &&
          isEntry(key) &&
          JSON.parse(value).deliveredMs !== undefined &&
          controller.abort("left")
        ),
    );
    const world = createWorld(undefined, { store });
    const { error } = await ends(
      (await world.open()).generations.create(REQUEST, { idempotencyKey: "k", signal: controller.signal }),
    );
    assert.equal(error, "left");
    assert.equal((await ends((await world.open()).resume({ idempotencyKey: "k" }))).value.status, "succeeded");
    assert.equal(world.posts.length, 1);
  });
});

describe("entries that have done their service", () => {
  test("go_when_the_next_visit_delivers_though_nobody_lists", async () => {
    const { open, store } = createWorld();
    await ends((await open()).generate(REQUEST, { idempotencyKey: "old" }));
    moveDate(DAY_MS + 60_000);
    await ends((await open()).generate(REQUEST, { idempotencyKey: "new" }));
    await clock.settle();
    assert.deepEqual(
      store
        .entries()
        .filter((entry) => entry.key !== undefined)
        .map(({ key }) => key),
      ["new"],
    );
  });

  test("go_in_a_client_that_lives_for_days_too", async () => {
    const { open, store } = createWorld();
    const client = await open();
    const keys = () =>
      store
        .entries()
        .filter((entry) => entry.key !== undefined)
        .map(({ key }) => key);
    for (let number = 0; number < 10; number += 1)
      await ends(client.generate(REQUEST, { idempotencyKey: `old ${number}` }));
    moveDate(DAY_MS + 60_000);
    for (let number = 0; number < 32; number += 1)
      await ends(client.generate(REQUEST, { idempotencyKey: `new ${number}` }));
    await clock.settle();
    assert.deepEqual(
      keys().filter((key) => key.startsWith("old")),
      [],
    );
  });
});

describe("what pending tells", () => {
  test("succeeded_where_the_end_was_seen_and_not_handed_over", async () => {
    const seen = [];
    const store = createStore(
      (what, key, value) => void (what === "set" && isEntry(key) && seen.push(JSON.parse(value))),
    );
    const { open } = createWorld(
      (call) => (isPost(call) ? { status: 201, json: generation("succeeded") } : undefined),
      { store },
    );
    await ends((await open()).generate(REQUEST, { idempotencyKey: "k" }));
    await clock.settle();
    // The tab closes behind the second write.
    store.texts.clear();
    const before = createWorld();
    await ends((await before.open()).generate(REQUEST, { idempotencyKey: "k" }));
    const [name] = [...before.store.texts.keys()].filter(isEntry);
    store.texts.set(name, JSON.stringify(seen[1]));
    assert.deepEqual(
      (await ends((await open()).pending())).value.map(({ state, generationId }) => [state, generationId]),
      [["succeeded", "task_fake_1"]],
    );
  });

  test("active_while_create_is_at_it", async () => {
    const { open, posts } = createWorld((call) => (isPost(call) ? "hang" : undefined));
    const client = await open();
    const controller = new AbortController();
    const creating = client.generations.create(REQUEST, { idempotencyKey: "k", signal: controller.signal });
    creating.catch(() => {});
    await clock.settle();
    assert.equal(posts.length, 1);
    assert.deepEqual(
      (await ends(client.pending())).value.map(({ active }) => active),
      [true],
    );
    controller.abort();
    await ends(creating.catch(() => {}));
    await clock.settle();
    assert.deepEqual(
      (await ends(client.pending())).value.map(({ active }) => active),
      [false],
    );
  });
});

test("progress_of_a_resume_counts_from_the_submission_and_its_limit_from_the_resume", async () => {
  const { open } = createWorld(running);
  await ends((await open()).generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 1_000 }));
  moveDate(600_000);
  const told = [];
  const { error } = await ends(
    (await open()).resume(
      { idempotencyKey: "k" },
      { waitTimeoutMs: 20_000, onProgress: ({ elapsedMs }) => told.push(elapsedMs) },
    ),
  );
  assert.equal(error.code, "timeout");
  assert.ok(told.length >= 3 && told.every((elapsedMs) => elapsedMs >= 600_000 && elapsedMs < 700_000), String(told));
});
