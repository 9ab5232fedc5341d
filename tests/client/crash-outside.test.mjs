/**
 * What the platform calls by itself (a timer's end, an event of the page, a promise that settles), and what is done for
 * nobody who waits (a call that is dropped, memory that is given back), may trap as the polls of a call may: then every
 * call in flight ends, too.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { trapInFrees } from "./module-watch.mjs";

let freeTraps = false;
trapInFrees(() => freeTraps);
const { API, ID, clock, createFakeApi, failure, pass, underWay, value } = await import("./harness.mjs");

const PACKAGE = import.meta.resolve("rivya-wasm");
let modules = 0;
/** A module of its own: one that has crashed stays so. */
const freshPackage = () => import(`${PACKAGE}?outside=${(modules += 1)}`);

const { queueMicrotask: queue } = globalThis;
const { abort } = AbortController.prototype;
/** As the module itself would: its frames end where they stand. */
const trap = () => {
  throw new WebAssembly.RuntimeError("unreachable");
};

describe("a trap outside of the polls of a call", () => {
  let client;
  let inFlight;
  let answer;
  let page;
  const put = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

  beforeEach(async () => {
    freeTraps = false;
    page = new EventTarget();
    const { createClient } = await freshPackage();
    const api = createFakeApi(({ path, number }) => (path === "/credits" ? "hang" : { json: underWay(number) }));
    const fetch = (url, init) =>
      url.endsWith("/models") ? new Promise((resolve) => (answer = resolve)) : api.fetch(url, init);
    client = await createClient({ baseUrl: API, apiKey: "rvya_sk_client_test", fetch });
    inFlight = client.credits.retrieve({ timeoutMs: 3_600_000 });
    inFlight.catch(() => {});
    await clock.settle();
  });
  afterEach(() => {
    globalThis.queueMicrotask = queue;
    AbortController.prototype.abort = abort;
    for (const name of ["navigator", "addEventListener", "removeEventListener"]) delete globalThis[name];
  });

  async function everythingHasCrashed(...calls) {
    for (const call of [inFlight, ...calls]) assert.equal((await failure(call)).code, "module_crashed");
    assert.equal((await failure(client.models.list())).code, "module_crashed");
    client.free();
  }

  test("at_the_end_of_a_timer_ends_every_call_in_flight", async () => {
    const waiting = client.generations.wait(ID);
    waiting.catch(() => {});
    await clock.settle();
    globalThis.queueMicrotask = trap;
    await pass(20_000);
    globalThis.queueMicrotask = queue;
    await everythingHasCrashed(waiting);
  });

  test("when_a_promise_settles_ends_every_call_in_flight", async () => {
    const asking = client.models.list();
    asking.catch(() => {});
    await clock.settle();
    globalThis.queueMicrotask = trap;
    answer(Response.json({ object: "list", data: [] }));
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.queueMicrotask = queue;
    await everythingHasCrashed(asking);
  });

  test("in_an_event_of_the_page_ends_every_call_in_flight", async () => {
    put("navigator", { onLine: true });
    put("addEventListener", (...args) => page.addEventListener(...args));
    put("removeEventListener", (...args) => page.removeEventListener(...args));
    const waiting = client.generations.wait(ID);
    waiting.catch(() => {});
    await clock.settle();
    globalThis.queueMicrotask = trap;
    page.dispatchEvent(new Event("online"));
    globalThis.queueMicrotask = queue;
    await everythingHasCrashed(waiting);
  });

  test("where_a_call_is_dropped_ends_every_other_one_in_flight", async () => {
    const controller = new AbortController();
    const left = client.generations.wait(ID, { signal: controller.signal });
    const other = client.models.list({ signal: controller.signal });
    for (const call of [left, other]) call.catch(() => {});
    await clock.settle();
    AbortController.prototype.abort = function (reason) {
      if (this === controller) return abort.call(this, reason);
      return trap();
    };
    controller.abort(new Error("left"));
    AbortController.prototype.abort = abort;
    assert.equal((await failure(left)).message, "left");
    await everythingHasCrashed();
  });

  test("in_free_ends_every_call_in_flight_and_is_no_exception_of_the_callers", async () => {
    freeTraps = true;
    client.free();
    assert.equal((await failure(inFlight)).code, "module_crashed");
  });

  test("where_a_watch_is_left_ends_every_call_in_flight", async () => {
    const states = client.generations.watch(ID);
    await value(states.next());
    freeTraps = true;
    await value(states.return());
    await everythingHasCrashed();
  });
});
