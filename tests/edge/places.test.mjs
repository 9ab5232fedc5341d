/**
 * One place for generations, two that want it: a client behind the proxy, on a clock that runs only while somebody
 * waits.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { installFakeClock } from "../support/fake-clock.mjs";

const clock = installFakeClock();
const { createClient } = await import("rivya-wasm");
const { memoryBudget } = await import("rivya-wasm/edge");
const { SHOP, BASE, answer, recordingApi, startProxy } = await import("../support/edge.mjs");

const TAKES_MS = 30_000;

test("the_second_of_two_generations_waits_for_the_place_of_the_first_and_both_are_made", async () => {
  const startedMs = new Map();
  const api = recordingApi(({ method, path }) => {
    const id = method === "POST" ? `task_${startedMs.size + 1}` : path.split("/").at(-1);
    if (method === "POST") startedMs.set(id, clock.nowMs());
    const status = clock.nowMs() - startedMs.get(id) < TAKES_MS ? "processing" : "succeeded";
    return answer(200, { id, status, model: "z-image", reserved_credits: 1 });
  });
  const { proxy } = startProxy({ api, limits: { budget: memoryBudget(), concurrentGenerations: 1 } });
  const fetch = (url, init) =>
    proxy.fetch(
      new Request(url, { ...init, headers: { ...Object.fromEntries(init.headers), "X-Caller": "ann", Origin: SHOP } }),
    );
  const client = await createClient({ baseUrl: BASE, fetch });
  const both = ["a hill", "a lake"].map((prompt) => client.generate({ model: "z-image", prompt }));
  const { value, error } = await clock.until(Promise.all(both));
  assert.equal(error && `${error.code}: ${error.message}`, undefined);
  assert.deepEqual(
    value.map(({ status }) => status),
    ["succeeded", "succeeded"],
  );
  assert.equal(startedMs.size, 2);
  assert.ok(startedMs.get("task_2") >= startedMs.get("task_1") + TAKES_MS, "one after the other");
  assert.ok(clock.nowMs() < 3 * TAKES_MS, `nobody waits for longer than it takes: ${clock.nowMs()}`);
});
