/** No timer, listener or request is left behind, however a call ends: each way 1,000 times in Node. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { installFakeClock } from "../support/fake-clock.mjs";
import { openResourceLedger } from "../support/resource-ledger.mjs";
import { watchWasmMemory } from "../support/wasm-memory.mjs";
import { goWay, wayNames } from "./ways.mjs";

const TIMES = 1_000;

// All three before the package: it may keep what it finds at import.
const clock = installFakeClock();
const ledger = openResourceLedger();
const memoryBytes = watchWasmMemory();
const { createClient } = await import("rivya-wasm");

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
after(() => assert.deepEqual(unhandled, [], "rejections that nobody saw"));

for (const name of wayNames()) {
  test(`nothing_is_left_behind_by_${name}`, async () => {
    assert.equal(await goWay(name, TIMES, { createClient, clock, ledger, memoryBytes }), null);
  });
}
