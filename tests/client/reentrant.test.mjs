/**
 * Callbacks that act on the client themselves: from within the progress, the store and the fetch of a call they abort
 * it, begin others and end them, and free the client. Every call settles, and nothing is left.
 */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ID, clock, connect, createFakeApi, editOf, generation, pass, underWay } from "./harness.mjs";

const REASON = new Error("the caller has left");
const LONG_MS = 3_600_000;
/** How often a call may begin others: they meet the same callbacks. */
const MAX_BEGUN = 4;

/** What a callback does; `begin` takes the calls that it begins. */
const DEEDS = {
  aborts: ({ controller }) => controller.abort(REASON),
  generates: ({ client, begin, options }) => begin(client.generate(editOf(1), options())),
  generates_and_aborts_that: ({ client, begin, options }) => {
    const other = new AbortController();
    begin(client.generate(editOf(1), { ...options(), signal: other.signal }));
    other.abort(REASON);
  },
  waits_for_the_same: ({ client, begin }) => begin(client.generations.wait(ID)),
  watches_and_leaves: ({ client, begin }) => {
    const states = client.generations.watch(ID);
    begin(states.next());
    begin(states.return());
  },
  frees: ({ client }) => client.free(),
  does_all_of_it: ({ client, begin, controller, options }) => {
    begin(client.generate(editOf(1), options()));
    begin(client.generations.wait(ID));
    controller.abort(REASON);
    client.free();
  },
  throws: () => {
    throw REASON;
  },
};

/** A store of a Map, which calls `reach` first. */
function reaching(reach) {
  const texts = new Map();
  const asked = (answer) => (argument, text) => {
    reach();
    return answer(argument, text);
  };
  return {
    get: asked((key) => texts.get(key)),
    set: asked((key, text) => void texts.set(key, text)),
    delete: asked((key) => void texts.delete(key)),
    keys: asked((prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix))),
  };
}

/** Runs a `generate` of which the callback of one kind, with this number, does a deed. Answers whether it was reached. */
async function run(kind, number, deed) {
  const controller = new AbortController();
  const begun = [];
  const begin = (call) => {
    call.catch(() => {});
    begun.push(call);
  };
  let isFreed = false;
  let count = 0;
  let wasReached = false;
  let client;
  const reach = (reached) => () => {
    if (reached !== kind || client === undefined) return;
    count += 1;
    if (count - 1 !== number || begun.length > MAX_BEGUN) return;
    wasReached = true;
    isFreed = deed === DEEDS.frees || deed === DEEDS.does_all_of_it;
    deed({ client, begin, controller, options });
  };
  const options = () => ({ onProgress: reach("progress") });
  const api = createFakeApi(({ path, number: call }) => {
    reach("fetch")();
    return path.startsWith("/generations/") && call % 3 !== 0 ? { json: underWay(call % 60) } : undefined;
  });
  client = await connect(api, { store: reaching(reach("store")) });
  const beside = [client.credits.retrieve(), client.generations.wait(ID)];
  const call = client.generate(editOf(2), { signal: controller.signal, ...options() });
  for (const each of [call, ...beside]) each.catch(() => {});
  const outcome = await clock.until(call);
  for (const each of [...beside, ...begun]) {
    const { error } = await clock.until(each);
    const isOurs =
      error === undefined || error === REASON || error.code !== undefined || error.message.includes("freed");
    assert.ok(isOurs, error?.stack);
    assert.notEqual(error?.code, "module_crashed", error?.message);
  }
  if (controller.signal.aborted) assert.equal(outcome.error ?? REASON, REASON);
  else assert.notEqual(outcome.error?.code, "module_crashed", outcome.error?.message);
  await pass(LONG_MS);
  assert.deepEqual(api.inFlight(), []);
  if (!isFreed) {
    const { value, error } = await clock.until(client.generations.wait(ID));
    assert.equal(value?.status, generation("succeeded").status, error?.stack);
    client.free();
  }
  return wasReached;
}

describe("a callback of a generate", () => {
  const surfaced = [];
  const { reportError } = globalThis;
  globalThis.reportError = (error) => surfaced.push(error);
  after(() => (globalThis.reportError = reportError));

  for (const kind of ["progress", "store", "fetch"]) {
    for (const [name, deed] of Object.entries(DEEDS)) {
      test(`that_is_its_${kind}_and_${name}_leaves_nothing_unsettled`, async () => {
        let number = 0;
        while (await run(kind, number, deed)) number += 1;
        assert.ok(number >= 3, `${number} callbacks`);
        assert.ok(surfaced.every((error) => error === REASON));
      });
    }
  }
});
