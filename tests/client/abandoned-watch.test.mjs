/** A watch that nobody reads any more, and that nobody has ended: it does not poll for ever. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, test } from "node:test";
import { ID, clock, connect, createFakeApi, pass, underWay, value } from "./harness.mjs";
import { until } from "../support/until.mjs";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const LONG_MS = 3_600_000;
const LIMIT_MS = 60_000;
const REASON = new Error("the body has had enough");
/** It never ends, and every poll sees another state. */
const endless = () => createFakeApi(({ number }) => ({ json: underWay(number % 60) }));

describe("a watch", () => {
  const WAYS = {
    breaks: async (states) => {
      for await (const state of states) if (state) break;
    },
    throws: async (states) => {
      const reading = async () => {
        for await (const state of states) if (state) throw REASON;
      };
      assert.equal(await reading().catch((error) => error), REASON);
    },
    returns: async (states) => {
      for await (const state of states) return state;
    },
  };
  for (const [name, read] of Object.entries(WAYS)) {
    test(`whose_loop_${name}_polls_no_more`, async () => {
      const api = endless();
      const client = await connect(api);
      await value(read(client.generations.watch(ID)));
      const { length } = api.calls;
      await pass(LONG_MS);
      assert.equal(api.calls.length, length);
    });
  }

  test("whose_reader_never_asks_again_polls_a_minute_beyond_its_limit_and_no_longer", async () => {
    const api = endless();
    const client = await connect(api);
    const states = client.generations.watch(ID, { waitTimeoutMs: LIMIT_MS });
    await value(states.next());
    await pass(LIMIT_MS);
    const within = api.calls.length;
    await pass(LONG_MS);
    const { length } = api.calls;
    assert.ok(length > within, "a reader that is busy for a while loses nothing");
    await pass(LONG_MS);
    assert.equal(api.calls.length, length);
    // What came meanwhile is still handed over, and then its time is up.
    for (let count = 1; count < length; count += 1) assert.equal((await value(states.next())).done, false);
    await assert.rejects(value(states.next()), { code: "timeout" });
    assert.equal(api.calls.length, length);
  });

  test("that_is_forgotten_polls_no_more_once_it_is_collected", async () => {
    const api = endless();
    const client = await connect(api);
    const begin = async () => void (await value(client.generations.watch(ID).next()));
    await begin();
    let { length } = api.calls;
    await until(
      async () => {
        collectGarbage();
        await new Promise((resolve) => setImmediate(resolve));
        const before = api.calls.length;
        await pass(20_000);
        length = api.calls.length;
        return length === before;
      },
      { what: "it is collected" },
    );
    await pass(LIMIT_MS);
    assert.equal(api.calls.length, length);
    await clock.settle();
  });
});
