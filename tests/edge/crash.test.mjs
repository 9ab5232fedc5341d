/** After a trap of the module its memory may be inconsistent: nobody asks it about callers and their ids any more. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import {
  API_KEY,
  BASE,
  SIGNING_KEY,
  UPSTREAM,
  answer,
  captureErrors,
  recordingApi,
  submission,
} from "../support/edge.mjs";

/**
 * Each function that the module calls throws what a trap throws, as long as it is armed; `asked` counts the calls of
 * the module.
 */
let isArmed = false;
let asked = 0;
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  for (const functions of Object.values(imports)) {
    for (const [name, imported] of Object.entries(functions)) {
      if (typeof imported !== "function") continue;
      functions[name] = (...args) => {
        if (isArmed) throw new WebAssembly.RuntimeError("unreachable");
        return imported(...args);
      };
    }
  }
  const { exports } = new Instance(module, imports);
  const counting = Object.entries(exports).map(([name, exported]) => [
    name,
    typeof exported === "function" ? (...args) => ((asked += 1), exported(...args)) : exported,
  ]);
  return { exports: Object.fromEntries(counting) };
};

const EDGE = import.meta.resolve("rivya-wasm/edge");
let packages = 0;
const POLL = { id: "task_1", status: "processing", reserved_credits: 1 };
const pollAt = (id) => new Request(`${BASE}/generations/${id}`, { headers: { "X-Caller": "ann" } });

describe("after a crash of the module", () => {
  let edge;
  let proxy;
  let api;
  let id;
  beforeEach(async () => {
    isArmed = false;
    // A module of its own: one that has crashed stays so.
    edge = await import(`${EDGE}?fresh=${(packages += 1)}`);
    api = recordingApi(({ method }) => (method === "GET" ? answer(200, POLL) : undefined));
    const authorize = (request) => request.headers.get("x-caller");
    proxy = edge.createProxy({
      apiKey: API_KEY,
      signingKey: SIGNING_KEY,
      authorize,
      upstream: UPSTREAM,
      fetch: api.fetch,
    });
    id = await proxy.bindId("task", "task_1", "ann");
    for (let times = 0; times < 2; times += 1) assert.equal((await proxy.fetch(pollAt(id))).status, 200);
  });

  const submit = () => proxy.fetch(new Request(`${BASE}/generations`, submission({ headers: { "X-Caller": "ann" } })));
  async function crash() {
    isArmed = true;
    const response = await submit();
    isArmed = false;
    return response;
  }

  test("every_request_is_answered_with_a_500_in_the_envelope_and_the_crash_is_logged", async (t) => {
    const lines = captureErrors(t);
    const answers = [await crash()];
    const sent = api.calls.length;
    for (const request of [() => proxy.fetch(pollAt(id)), submit, () => proxy.fetch(new Request(`${BASE}/models`))])
      answers.push(await request());
    for (const response of answers) {
      assert.equal(response.status, 500);
      const { error } = await response.json();
      assert.deepEqual([error.code, error.requestId], ["internal_error", null]);
      assert.match(error.message, /crashed/);
    }
    assert.equal(api.calls.length, sent, "nothing is sent");
    assert.equal(lines.length, answers.length);
    for (const line of lines) assert.match(line, /module_crashed/);
  });

  test("the_module_is_asked_nothing_more_and_the_api_neither", async (t) => {
    captureErrors(t);
    await crash();
    const sent = api.calls.length;
    asked = 0;
    await proxy.fetch(pollAt(id));
    await submit();
    await Promise.allSettled([proxy.bindId("task", "task_2", "ann"), proxy.openId("task", id, "ann")]);
    assert.deepEqual([asked, api.calls.length - sent], [0, 0]);
  });

  test("ids_are_neither_bound_nor_opened_and_no_delivery_is_taken", async (t) => {
    captureErrors(t);
    await crash();
    const delivery = {
      headers: { "webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,x" },
      body: "{}",
    };
    for (const call of [
      () => proxy.bindId("task", "task_2", "ann"),
      () => proxy.openId("task", id, "ann"),
      () => edge.verifyWebhook(delivery, { secret: "a secret of 16 bytes" }),
    ]) {
      await assert.rejects(call(), { name: "RivyaError", code: "module_crashed" });
    }
  });

  test("what_was_sent_before_it_stays_counted", async (t) => {
    captureErrors(t);
    const settled = [];
    const memory = edge.memoryBudget();
    const budget = { take: memory.take, settle: async (query) => (settled.push(query), memory.settle(query)) };
    const crashing = recordingApi(() => ((isArmed = true), answer(202, POLL)));
    const limits = { creditsPerDay: 1, budget };
    const counted = edge.createProxy({
      apiKey: API_KEY,
      signingKey: SIGNING_KEY,
      authorize: () => "ann",
      upstream: UPSTREAM,
      fetch: crashing.fetch,
      limits,
    });
    const response = await counted.fetch(new Request(`${BASE}/generations`, submission()));
    isArmed = false;
    assert.equal(response.status, 500);
    assert.deepEqual(settled, []);
    assert.equal(
      (await memory.take({ key: "credits:ann", id: "another", amount: 1, limit: 1, windowMs: 1 })).ok,
      false,
    );
  });
});
