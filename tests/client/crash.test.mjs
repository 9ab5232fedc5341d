/**
 * After a trap the module is asked nothing more: every call in flight ends at once, and `free()` is no second failure.
 */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { panicInFiles, trapInVerdicts } from "./module-watch.mjs";

let isArmed = false;
let panics = false;
trapInVerdicts(() => isArmed);
panicInFiles(() => panics);
const { API, HILL, ID, clock, createFakeApi, failure, generation, pass, refusal, value } = await import(
  "./harness.mjs"
);

const PACKAGE = import.meta.resolve("rivya-wasm");
let modules = 0;
/** A module of its own: one that has crashed stays so. */
const freshPackage = () => import(`${PACKAGE}?fresh=${(modules += 1)}`);

describe("after a crash of the module", () => {
  let connect;
  let createClient;
  beforeEach(async () => {
    [isArmed, panics] = [false, false];
    ({ createClient } = await freshPackage());
    connect = (api) =>
      createClient({ baseUrl: API, apiKey: "rvya_sk_client_test", fetch: api.fetch, downloadFetch: api.fetch });
  });

  const refusing = () => createFakeApi(() => refusal(401, "api_key_invalid"));
  const hanging = () => createFakeApi(() => "hang");
  async function crashed(promise) {
    const error = await failure(promise);
    assert.equal(error.code, "module_crashed", error.stack);
    return error;
  }

  for (const when of ["before", "after"]) {
    test(`free_is_silent_${when}_it_and_again`, async () => {
      const [client, other] = [await connect(refusing()), await connect(refusing())];
      const submission = client.generations.create(HILL, { idempotencyKey: "mine" });
      if (when === "before") client.free();
      isArmed = true;
      const error = await crashed(submission);
      assert.equal(error.mayHaveBeenCharged, true, "nobody knows what the answer was worth");
      for (const each of [client, client, other]) each.free();
      await clock.settle();
    });
  }

  test("every_call_in_flight_of_every_client_ends_with_it", async () => {
    const [client, other] = [await connect(refusing()), await connect(hanging())];
    const { credits, generations } = other;
    const waiting = [
      credits.retrieve(),
      generations.wait(ID),
      generations.watch(ID).next(),
      other.download(generation("succeeded")),
    ];
    for (const each of waiting) each.catch(() => {});
    const submission = other.generate(HILL);
    submission.catch(() => {});
    await clock.settle();
    isArmed = true;
    const begunMs = clock.nowMs();
    await crashed(client.credits.retrieve());
    for (const each of waiting) assert.equal((await crashed(each)).mayHaveBeenCharged, false);
    assert.equal((await crashed(submission)).mayHaveBeenCharged, true);
    assert.equal(clock.nowMs(), begunMs, "at once");
  });

  test("that_came_in_a_look_for_which_nobody_waits_the_other_calls_end_all_the_same", async () => {
    const api = createFakeApi(({ path, number }) => {
      if (path === "/credits") return "hang";
      return number === 0 ? { json: generation("processing") } : refusal(503, "public_api_disabled");
    });
    const client = await connect(api);
    const states = client.generations.watch(ID);
    await value(states.next());
    const other = client.credits.retrieve();
    other.catch(() => {});
    isArmed = true;
    const begunMs = clock.nowMs();
    await crashed(other);
    assert.ok(clock.nowMs() - begunMs <= 5_000, "with the next look, and not when the time of the call is up");
    await crashed(states.next());
  });

  test("nothing_is_begun_and_nothing_is_sent", async () => {
    const api = refusing();
    const client = await connect(api);
    isArmed = true;
    await crashed(client.credits.retrieve());
    isArmed = false;
    const { length } = api.calls;
    const { generations } = client;
    const calls = [client.generate(HILL), generations.wait(ID), generations.watch(ID).next(), createClient({})];
    for (const each of await Promise.allSettled(calls)) assert.equal(each.reason?.code, "module_crashed");
    assert.throws(() => client.validate(HILL), { code: "module_crashed" });
    await pass(60_000);
    assert.equal(api.calls.length, length);
  });

  test("an_exhausted_stack_after_an_answer_ends_every_call_in_flight", async () => {
    const [client, other] = [await connect(refusing()), await connect(hanging())];
    const inFlight = other.credits.retrieve();
    inFlight.catch(() => {});
    await clock.settle();
    isArmed = "stack";
    const error = await crashed(client.credits.retrieve());
    assert.match(error.message, /call stack/);
    assert.equal((await crashed(inFlight)).message, error.message);
  });

  test("a_panic_says_where_it_was_and_ends_every_call_in_flight", async () => {
    const [client, other] = [await connect(refusing()), await connect(hanging())];
    const inFlight = other.credits.retrieve();
    inFlight.catch(() => {});
    await clock.settle();
    panics = true;
    const error = await crashed(client.files.upload(new Blob([new Uint8Array(32)]), { kind: "image" }));
    assert.match(error.message, /\(panicked at [^ ]+\.rs:[0-9]+\)$/);
    assert.equal((await crashed(inFlight)).message, error.message);
  });
});
