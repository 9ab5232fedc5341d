/**
 * Anything at all at every exported function: each call ends within a second in success or in an error of ours, a wrong
 * argument sends nothing, and an ordinary call works afterwards. `SEED` repeats a run of the random part.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, describe, test } from "node:test";
import { API, createFakeApi } from "../support/fake-api.mjs";
import { installFakeClock } from "../support/fake-clock.mjs";
import { HOSTILE, HOSTILE_VALUES, randomNumbers } from "./hostile-values.mjs";
import { pathsOf, SURFACE, withValueAt } from "./surface.mjs";

const CALL_LIMIT_MS = 1_000;
const RANDOM_CALLS = 3_000;
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

// Before the package: waits for an end are no waits here, and nothing reaches a network whatever `fetch` a client is
// given.
const clock = installFakeClock();
const api = createFakeApi(undefined, { onHangingBody: clock.beyondTime });
globalThis.fetch = api.fetch;
const packaged = await import("rivya-wasm");
const { createClient, RivyaError } = packaged;

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("uncaughtException", (error) => unhandled.push(error));
after(async () => {
  await clock.settle();
  assert.deepEqual(unhandled, [], "errors that nobody saw");
});

const connect = () =>
  createClient({ baseUrl: API, apiKey: "rvya_sk_abuse", fetch: api.fetch, downloadFetch: api.fetch });

// A callback of the caller's that throws and an object of the caller's that stands for the platform are his own doing,
// not an argument of the wrong type.
const isCallers = (path) => ["onProgress", "wasm"].includes(path.at(-1));

/** Makes the call, and throws unless it ended as it may. */
async function endsWell(entry, client, args, what) {
  const sentBefore = api.calls.length;
  const startedMs = clock.realNowMs();
  const { error } = await clock.until((async () => entry.call(packaged, client, args))());
  const tookMs = clock.realNowMs() - startedMs;
  assert.ok(tookMs < CALL_LIMIT_MS, `${what}: took ${Math.round(tookMs)} ms`);
  if (error === undefined) return;
  const told = `${what}: ${error?.stack ?? String(error)}`;
  assert.notEqual(error, HOSTILE, `${what}: the caller's own exception came through`);
  assert.ok(error instanceof RivyaError || error instanceof TypeError, told);
  assert.notEqual(error.code, "module_crashed", told);
  assert.equal(typeof error.message, "string", told);
  assert.ok(error.message.length < 5_000, `${what}: a message of ${error.message.length} characters`);
  if (error instanceof TypeError || error.attempts === 0)
    assert.equal(api.calls.length, sentBefore, `sent all the same: ${told}`);
}

async function worksStill(client) {
  for (const each of [client, await connect()]) {
    const { value, error } = await clock.until(each.credits.retrieve());
    assert.deepEqual(value, { current_credits: 100 }, error?.stack);
    assert.equal((await clock.until(each.generate({ model: "z-image", prompt: "a hill" }))).value?.status, "succeeded");
    if (each !== client) each.free();
  }
}

describe("arbitrary values", () => {
  for (const entry of SURFACE) {
    test(`the_right_arguments_are_right_for_${entry.name}`, async () => {
      const client = await connect();
      const { error } = await clock.until((async () => entry.call(packaged, client, entry.args()))());
      assert.equal(error, undefined, error?.stack);
      client.free();
    });

    test(`every_hostile_value_at_every_place_of_${entry.name}_ends_in_an_error_of_ours`, async () => {
      const client = await connect();
      const failures = [];
      for (const path of pathsOf(entry.args()).filter((each) => !isCallers(each))) {
        for (const [name, make] of HOSTILE_VALUES) {
          const call = endsWell(entry, client, withValueAt(entry.args(), path, make()), `${name} at ${path.join(".")}`);
          await call.catch(({ message }) => failures.push(message));
        }
      }
      assert.equal(
        failures.length,
        0,
        `${failures.length} calls, of which the first ten:\n${failures.slice(0, 10).join("\n")}`,
      );
      await worksStill(client);
      client.free();
    });
  }

  test(`random_arguments_end_in_an_error_of_ours_with_seed_${SEED}`, async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const random = randomNumbers(SEED);
    const pick = (list) => list[random(list.length)];
    const client = await connect();
    for (let round = 0; round < RANDOM_CALLS; round += 1) {
      const entry = pick(SURFACE);
      const args = entry.args();
      const paths = pathsOf(args).filter((path) => !isCallers(path));
      const taken = [];
      const told = [];
      // Several at once: the first wrong thing must not hide that a second one is touched. Never one inside of another.
      for (let count = paths.length === 0 ? 0 : 1 + random(3); count > 0; count -= 1) {
        const path = pick(paths);
        if (taken.some((other) => other.every((key, index) => index >= path.length || key === path[index]))) continue;
        const [name, make] = pick(HOSTILE_VALUES);
        withValueAt(args, path, make());
        taken.push(path);
        told.push(`${name} at ${path.join(".")}`);
      }
      if (random(4) === 0) args.push(pick(HOSTILE_VALUES)[1]());
      await endsWell(entry, client, args, `round ${round} (SEED=${SEED}): ${entry.name} with ${told.join(", ")}`);
      if (round % 500 === 499) await worksStill(client);
    }
    await worksStill(client);
    client.free();
  });

  test("no_arguments_at_all_end_in_an_error_of_ours", async () => {
    const client = await connect();
    for (const entry of SURFACE) await endsWell(entry, client, [], `${entry.name} without arguments`);
    await worksStill(client);
    client.free();
  });

  test("a_getter_that_calls_the_client_again_does_it_no_harm", async () => {
    const client = await connect();
    const again = [];
    const request = {
      model: "z-image",
      get prompt() {
        again.push(client.credits.retrieve(), client.generate({ model: "z-image", prompt: "inner" }));
        client.validate({ model: "z-image", prompt: "x" });
        return "outer";
      },
    };
    assert.equal((await clock.until(client.generate(request))).value?.status, "succeeded");
    assert.ok(again.length > 0);
    assert.ok((await clock.until(Promise.all(again))).value);
    await worksStill(client);
    client.free();
  });

  test("methods_torn_from_their_objects_and_a_freed_client_end_in_an_error_of_ours_and_send_nothing_without_a_client", async () => {
    const client = await connect();
    for (const [owner, name] of [
      [client, "generate"],
      [client, "validate"],
      [client, "download"],
      [client, "pending"],
      [client, "resume"],
      [client, "forget"],
      [client.generations, "create"],
      [client.generations, "retrieve"],
      [client.generations, "wait"],
      [client.files, "upload"],
      [client.models, "list"],
      [client.credits, "retrieve"],
    ]) {
      const entry = SURFACE.find(
        (each) => each.name.split(".").at(-1) === name && (owner === client || each.name.includes(".")),
      );
      const torn = { name: `torn ${name}`, call: (_package, self, args) => owner[name].apply(self, args) };
      for (const self of [undefined, null, {}, 5, new Proxy({}, {})])
        await endsWell(torn, self, entry.args(), `${name} called on ${String(self)}`);
    }
    await worksStill(client);
    client.free();
    client.free();
    for (const entry of SURFACE.filter(({ name }) => name !== "createClient"))
      await endsWell(entry, client, entry.args(), `${entry.name} of a freed client`);
    const fresh = await connect();
    await worksStill(fresh);
    fresh.free();
  });

  test("objects_of_another_realm_and_frozen_ones_are_ordinary_arguments", async () => {
    const client = await connect();
    const { runInNewContext } = await import("node:vm");
    const foreign = runInNewContext(
      "({ model: 'nano-banana-2', prompt: 'x', params: { aspect_ratio: '1:1' }, references: ['https://x.invalid/a.png'] })",
    );
    assert.equal(
      (await clock.until(client.generate(foreign, runInNewContext("({ waitTimeoutMs: 60000 })")))).value?.status,
      "succeeded",
    );
    const frozen = Object.freeze({
      model: "z-image",
      prompt: "x",
      params: Object.freeze({ aspect_ratio: "1:1" }),
      references: Object.freeze([]),
    });
    assert.equal((await clock.until(client.generate(frozen, Object.freeze({})))).value?.status, "succeeded");
    client.free();
  });
});
