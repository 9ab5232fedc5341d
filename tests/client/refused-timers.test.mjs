/**
 * A platform that refuses timers: a Worker does so outside of a request, and any script of a page can put a function
 * that throws in the place of `setTimeout`. What waits by a timer fails then, and nothing else does.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { HILL, ID, clock, connect, createFakeApi, editOf, failureOf, generation } from "./harness.mjs";
import { pass, picture, underWay, value } from "./harness.mjs";

const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;
const WORDS = "no timers here";
/** Refuses timers while `isRefused(number)`, where `number` counts those that were asked for since. */
function refuse(isRefused = () => true) {
  let number = -1;
  globalThis.setTimeout = (...args) => {
    number += 1;
    if (isRefused(number)) throw new Error(WORDS);
    return setTimer(...args);
  };
  return () => number + 1;
}
const allow = () => (globalThis.setTimeout = setTimer);

const CALLS = {
  generate: (client) => client.generate(editOf(1)),
  create: (client) => client.generations.create(HILL),
  retrieve: (client) => client.generations.retrieve(ID),
  wait: (client) => client.generations.wait(ID),
  watch: (client) => client.generations.watch(ID).next(),
  upload: (client) => client.files.upload(picture()),
  download: (client) => client.download(generation("succeeded")),
  resume: (client) => client.resume({ generationId: ID }),
  credits: (client) => client.credits.retrieve(),
  models: (client) => client.models.list(),
};

describe("where the platform refuses timers", () => {
  afterEach(() => {
    allow();
    globalThis.clearTimeout = clearTimer;
  });

  for (const [name, call] of Object.entries(CALLS)) {
    test(`a_${name}_fails_with_its_words_and_the_client_works_on`, async () => {
      const api = createFakeApi();
      const client = await connect(api);
      refuse();
      const error = await failureOf("network_error", call(client));
      assert.match(error.message, new RegExp(WORDS));
      assert.equal(api.calls.filter(({ path }) => path === "/generations").length, 0, "nothing is submitted");
      assert.deepEqual(api.inFlight(), []);
      allow();
      await value(call(client));
      client.free();
    });
  }

  test("from_any_timer_on_a_generate_settles_and_hides_no_charge", async () => {
    const behave = ({ path, number }) => {
      if (path === "/generations") return number % 2 === 0 ? "network" : undefined;
      return path.startsWith("/generations/") && number < 6 ? { json: underWay(number) } : undefined;
    };
    let [refused, submitted] = [0, 0];
    for (let first = 0; ; first += 1) {
      const api = createFakeApi(behave);
      const client = await connect(api);
      const asked = refuse((number) => number >= first);
      const outcome = await clock.until(client.generate(editOf(1)));
      const error = outcome.error ?? null;
      if (error === null && asked() <= first) break;
      refused += 1;
      if (error !== null) {
        assert.equal(error.code, "network_error", error.stack);
        if (api.calls.some(({ path }) => path === "/generations")) {
          submitted += 1;
          assert.ok(error.mayHaveBeenCharged || error.generation !== null, `timer ${first}: ${error.stack}`);
        }
      }
      allow();
      await value(client.credits.retrieve());
      client.free();
    }
    assert.ok(refused > submitted && submitted > 2, `${refused} ${submitted}`);
  });

  test("all_who_share_the_polls_of_an_id_fail_each_by_itself", async () => {
    const client = await connect(createFakeApi(({ number }) => ({ json: underWay(number) })));
    const calls = [client.generations.wait(ID), client.generations.wait(ID), client.generations.watch(ID).next()];
    await value(calls[2]);
    calls[2] = client.generations.wait(ID);
    for (const call of calls) call.catch(() => {});
    await clock.settle();
    refuse();
    for (const call of calls) await failureOf("network_error", call);
  });

  test("one_that_can_not_be_cleared_ends_for_nobody", async () => {
    const client = await connect(createFakeApi());
    globalThis.clearTimeout = () => {
      throw new Error(WORDS);
    };
    await value(client.credits.retrieve());
    await pass(60_000);
    globalThis.clearTimeout = clearTimer;
    await value(client.credits.retrieve());
  });
});
