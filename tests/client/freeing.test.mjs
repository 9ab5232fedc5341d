/** `free()` gives a client back once and at once, and calls in flight go on to their end: they hold what they need. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { watchFrees } from "./module-watch.mjs";

const frees = watchFrees();
const harness = await import("./harness.mjs");
const { HILL, ID, clock, connect, createFakeApi, editOf, failure, generation, pass, picture, underWay, value } =
  harness;

const REASON = new Error("the caller has left");
const LONG_MS = 60_000;

describe("a client that is freed", () => {
  beforeEach(async () => {
    // The first client makes the module.
    (await connect(createFakeApi())).free();
    frees();
  });
  const isFreed = { name: "TypeError", message: "this client was freed" };

  test("with_nothing_in_flight_is_freed_at_once_and_once", async () => {
    const client = await connect(createFakeApi());
    client.free();
    assert.equal(frees(), 1);
    client.free();
    assert.equal(frees(), 0);
    assert.throws(() => client.validate(HILL), isFreed);
    await assert.rejects(client.credits.retrieve(), isFreed);
    await assert.rejects(client.generations.watch(ID).next(), isFreed);
  });

  const CALLS = {
    generate: (client, options) => client.generate(editOf(2), options),
    wait: (client, options) => client.generations.wait(ID, options),
    upload: (client, options) => client.files.upload(picture(), options),
    download: (client, options) => client.download(generation("succeeded"), options),
    credits: (client, options) => client.credits.retrieve(options),
  };
  for (const [name, call] of Object.entries(CALLS)) {
    test(`with_a_${name}_in_flight_lets_it_end_first`, async () => {
      const client = await connect(
        createFakeApi(({ number }) => (number % 3 === 0 ? { status: 503, text: "" } : undefined)),
      );
      const promise = call(client);
      client.free();
      assert.equal(frees(), 1);
      await value(promise);
      await clock.settle();
      assert.equal(frees(), 0);
    });

    test(`with_a_${name}_in_flight_that_is_aborted_lets_it_end_then`, async () => {
      const client = await connect(createFakeApi(() => "hang"));
      const controller = new AbortController();
      const promise = call(client, { signal: controller.signal });
      await clock.settle();
      client.free();
      assert.equal(frees(), 1);
      controller.abort(REASON);
      assert.equal(await failure(promise), REASON);
      await pass(LONG_MS);
      assert.equal(frees(), 0);
    });
  }

  test("with_a_watch_begun_lets_it_see_the_end", async () => {
    const api = createFakeApi(({ number }) => (number < 3 ? { json: underWay(number) } : undefined));
    const client = await connect(api);
    const states = client.generations.watch(ID);
    await value(states.next());
    client.free();
    assert.equal(frees(), 1);
    const seen = [];
    for (let step; !(step = await value(states.next())).done; ) seen.push(step.value.status);
    assert.deepEqual(seen, ["processing", "processing", "succeeded"]);
    assert.equal(frees(), 0);
  });

  test("with_a_watch_begun_lets_it_be_left", async () => {
    const client = await connect(createFakeApi(() => ({ json: underWay(0) })));
    const states = client.generations.watch(ID);
    await value(states.next());
    client.free();
    assert.equal(frees(), 1);
    await states.return();
    await clock.settle();
    assert.equal(frees(), 0);
  });
});
