/**
 * An abort at any moment of whatever takes its time: the signal's reason at once, nothing left behind, and the entry as
 * the rules have it.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, test } from "node:test";
import { generation } from "../support/fake-api.mjs";
import { smallJpeg } from "../support/pictures.mjs";
import { openResourceLedger } from "../support/resource-ledger.mjs";
import { clock, createStore, createWorld, ends, REQUEST } from "./harness.mjs";
import { randomNumbers } from "./chaos.mjs";

const MOMENTS = 200;
const STORE_MS = 7;
const NETWORK_MS = 20;
/** Longer than anything that only has to be tidied up. */
const TIDY_MS = 100;
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

const ledger = openResourceLedger();
const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
after(() => assert.deepEqual(unhandled, [], "rejections that nobody saw"));

/**
 * A store and a network that take their time; the answers to the first upload and the first submission are lost, the
 * fourth poll sees the end.
 */
function slowWorld() {
  const store = createStore(() => clock.sleep(STORE_MS));
  let submissions = 0;
  let uploads = 0;
  let polls = 0;
  const world = createWorld(
    ({ method, path }) => {
      if (method === "POST" && path === "/generations") return (submissions += 1) === 1 ? "network" : undefined;
      if (method === "POST" && path === "/files") return (uploads += 1) === 1 ? "network" : undefined;
      return path.startsWith("/generations/") && (polls += 1) % 4 !== 0
        ? { json: generation("processing") }
        : undefined;
    },
    { store },
  );
  const fetch = async (url, init) => {
    await clock.sleep(NETWORK_MS);
    return world.fetch(url, init);
  };
  return { ...world, openSlow: () => world.open({ fetch }) };
}

const photo = () => new Blob([smallJpeg()], { type: "image/jpeg" });
const WAYS = {
  generate: {
    call: (client, options) =>
      client.generate(
        { model: "nano-banana-2", prompt: "both", references: [photo()] },
        { idempotencyKey: "k", ...options },
      ),
  },
  create: { call: (client, options) => client.generations.create(REQUEST, { idempotencyKey: "k", ...options }) },
  "resume of what was never answered": {
    left: { maxRetries: 0 },
    call: (client, options) => client.resume({ idempotencyKey: "k" }, options),
  },
  "resume of what runs": {
    left: { waitTimeoutMs: 1 },
    call: (client, options) => client.resume({ generationId: "task_fake_1" }, options),
  },
  wait: { left: { waitTimeoutMs: 1 }, call: (client, options) => client.generations.wait("task_fake_1", options) },
  watch: {
    left: { waitTimeoutMs: 1 },
    async call(client, options) {
      let last;
      for await (const each of client.generations.watch("task_fake_1", options)) last = each;
      return last;
    },
  },
  upload: {
    isFree: true,
    call: (client, options) => client.files.upload(photo(), { model: "nano-banana-2", kind: "image", ...options }),
  },
};

for (const [name, { left, call, isFree = false }] of Object.entries(WAYS)) {
  /** A world, with one generation left in it where there is something to resume. */
  async function begin() {
    const world = slowWorld();
    if (left !== undefined) {
      const client = await world.open({ maxRetries: left.maxRetries ?? 4 });
      await ends(client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: left.waitTimeoutMs ?? 60_000 }));
      client.free();
    }
    return { world, client: await world.openSlow() };
  }

  test(`an_abort_at_any_of_${MOMENTS}_moments_of ${name} with seed ${SEED}`, async (t) => {
    const random = randomNumbers(SEED);
    // Pauses before repeats are drawn: each round must take as long as the whole one, or no moment might be behind its
    // end.
    t.mock.method(Math, "random", () => 0.5);
    const whole = await begin();
    const startedMs = clock.nowMs();
    assert.equal((await ends(call(whole.client, {}))).error, undefined);
    const tookMs = clock.nowMs() - startedMs;
    assert.ok(tookMs > 2 * NETWORK_MS);
    const seen = { unbegun: 0, kept: 0, delivered: 0 };

    for (let round = 0; round < MOMENTS; round += 1) {
      const { world, client } = await begin();
      const leftBefore = ledger.open().length;
      const postsBefore = world.posts.length;
      // A third of them near the start, a third near the end: there is most to go wrong.
      const atMs = [() => random() * 200, () => random() * tookMs, () => tookMs - 40 + random() * 80][round % 3]();
      const told = `round ${round}, aborted after ${atMs.toFixed(1)} of ${tookMs} ms (SEED=${SEED})`;
      const controller = new AbortController();
      const reason = new Error("the tab is closed");
      let abortedMs = Infinity;
      let settledMs = null;
      const promise = call(client, { signal: controller.signal });
      promise.catch(() => {}).finally(() => (settledMs = clock.nowMs()));
      const aborting = clock.sleep(atMs).then(() => {
        abortedMs = clock.nowMs();
        controller.abort(reason);
      });
      const { value, error } = await ends(promise);
      if (error !== undefined) {
        assert.equal(error, reason, `${told}: ${error?.stack}`);
        await clock.settle();
        assert.equal(settledMs, abortedMs, `${told}: not at once`);
      }
      await ends(aborting);
      await ends(clock.sleep(TIDY_MS));
      assert.deepEqual(ledger.open().slice(leftBefore), [], told);
      assert.deepEqual(world.api.inFlight(), [], told);
      assert.equal(ledger.listenersOf(controller.signal), 0, told);

      const pending = (await ends(client.pending())).value;
      if (value !== undefined) {
        assert.deepEqual(pending, [], told);
        seen.delivered += 1;
      } else if (world.posts.length > postsBefore || left !== undefined) {
        assert.deepEqual(
          pending.map(({ idempotencyKey, active }) => [idempotencyKey, active]),
          [["k", false]],
          told,
        );
        seen.kept += 1;
        const next = await ends((await world.open()).resume(pending[0]));
        assert.equal(next.value?.status, "succeeded", `${told}: ${next.error?.stack}`);
        assert.equal(new Set(world.posts.map((post) => JSON.stringify(post))).size, 1, told);
      } else {
        // Nothing was sent; there is an entry where it was about to be.
        assert.ok(
          pending.every(({ state }) => state === "unsubmitted"),
          told,
        );
        seen.unbegun += 1;
      }
      client.free();
    }
    assert.ok((isFree ? seen.unbegun : seen.kept) > 0 && seen.delivered > 0, JSON.stringify(seen));
  });
}
