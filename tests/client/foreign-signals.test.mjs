/**
 * Signals that are not the platform's own: of a realm with a class of its own, as test environments of pages have them
 * in Node. They are heard all the same, and one that throws when it is asked is a wrong option of that call.
 */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { afterEach, describe, test } from "node:test";
import { HILL, ID, clock, connect, createFakeApi, failure, generation, pass, picture, value } from "./harness.mjs";

const REASON = new Error("the caller has left");
const makeSignal = runInNewContext(`() => {
  const listeners = new Set();
  return {
    aborted: false,
    reason: undefined,
    listeners,
    addEventListener: (_, listener) => void listeners.add(listener),
    removeEventListener: (_, listener) => void listeners.delete(listener),
    fire(reason) {
      [this.aborted, this.reason] = [true, reason];
      for (const listener of [...listeners]) listener({ type: "abort" });
    },
  };
}`);
/** What a getter or a method may throw, a trap's and an exhausted stack's errors among them. */
const THROWN = [new Error("no"), new RangeError("stack"), new WebAssembly.RuntimeError("unreachable"), undefined];

const CALLS = {
  generate: (client, signal) => client.generate(HILL, { signal }),
  create: (client, signal) => client.generations.create(HILL, { signal }),
  wait: (client, signal) => client.generations.wait(ID, { signal }),
  watch: (client, signal) => client.generations.watch(ID, { signal }).next(),
  upload: (client, signal) => client.files.upload(picture(), { signal }),
  download: (client, signal) => client.download(generation("succeeded"), { signal }),
  credits: (client, signal) => client.credits.retrieve({ signal }),
};

const throwing = (members, thrown) => {
  const signal = makeSignal();
  const boom = () => {
    throw thrown;
  };
  for (const member of members)
    Object.defineProperty(signal, member, member === "aborted" ? { get: boom } : { value: boom });
  return signal;
};

describe("a signal of another realm", () => {
  for (const [name, call] of Object.entries(CALLS)) {
    test(`ends_a_${name}_with_its_reason`, async () => {
      const api = createFakeApi(() => "hang");
      const client = await connect(api);
      const signal = makeSignal();
      const calls = [call(client, signal), call(client, signal)];
      for (const each of calls) each.catch(() => {});
      await clock.settle();
      assert.equal(signal.listeners.size, 1, "calls share one listener");
      assert.notDeepEqual(api.inFlight(), []);
      signal.fire(REASON);
      for (const each of calls) assert.equal(await failure(each), REASON);
      assert.deepEqual([api.inFlight(), signal.listeners.size], [[], 0]);
      assert.equal(await failure(call(client, signal)), REASON, "it has fired before");
      client.free();
    });
  }

  test("that_gives_no_reason_ends_a_call_with_an_abort_error", async () => {
    const client = await connect(createFakeApi(() => "hang"));
    const signal = makeSignal();
    const call = client.credits.retrieve({ signal });
    call.catch(() => {});
    signal.fire();
    assert.equal((await failure(call)).name, "AbortError");
  });

  test("is_let_go_when_its_call_has_ended", async () => {
    const client = await connect(createFakeApi());
    const signal = makeSignal();
    await value(client.credits.retrieve({ signal }));
    assert.equal(signal.listeners.size, 0);
  });

  test("that_fires_while_it_is_asked_has_nothing_sent", async () => {
    const api = createFakeApi();
    const client = await connect(api);
    for (const call of Object.values(CALLS)) {
      const signal = makeSignal();
      signal.addEventListener = (_, listener) => {
        [signal.aborted, signal.reason] = [true, REASON];
        listener();
      };
      assert.equal(await failure(call(client, signal)), REASON);
    }
    await pass(60_000);
    assert.deepEqual(api.calls, []);
  });

  for (const [name, call] of Object.entries(CALLS)) {
    test(`that_throws_is_a_wrong_option_of_a_${name}_and_nothing_else`, async () => {
      const api = createFakeApi();
      const client = await connect(api);
      for (const thrown of THROWN) {
        for (const member of ["aborted", "addEventListener"]) {
          const error = await failure(call(client, throwing([member], thrown)));
          assert.equal(error.name, "TypeError", `${member}: ${error.stack}`);
          assert.match(error.message, /^options\.signal/);
        }
        await value(call(client, throwing(["removeEventListener"], thrown)));
      }
      await value(call(client, makeSignal()));
      client.free();
    });
  }
});

describe("a signal of the platform", () => {
  const { addEventListener } = EventTarget.prototype;
  afterEach(() => (EventTarget.prototype.addEventListener = addEventListener));

  test("that_could_not_be_listened_to_once_is_heard_by_the_next_call", async () => {
    const client = await connect(createFakeApi(() => "hang"));
    const controller = new AbortController();
    const { signal } = controller;
    for (const thrown of THROWN) {
      EventTarget.prototype.addEventListener = () => {
        throw thrown;
      };
      const error = await failure(client.credits.retrieve({ signal }));
      assert.equal(error.name, "TypeError", error.stack);
      EventTarget.prototype.addEventListener = addEventListener;
    }
    const call = client.credits.retrieve({ signal });
    call.catch(() => {});
    await clock.settle();
    controller.abort(REASON);
    assert.equal(await failure(call), REASON);
  });
});
