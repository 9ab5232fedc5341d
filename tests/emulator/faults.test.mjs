import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator } from "rivya-wasm/emulator";
import { api, refusal } from "./api.mjs";

const CAT = { model: "nano-banana-2", prompt: "A cat" };

async function start(options) {
  const emulator = await createEmulator(options);
  return { emulator, ...api(emulator.fetch, emulator.options.baseUrl) };
}

test("faults: drops reject like a network, before or after the work", async () => {
  for (const [kind, charges] of [
    ["drop_before", 0],
    ["drop_after", 1],
  ]) {
    const { create, emulator } = await start({ faults: { seed: 1, rate: 1, kinds: [kind] } });
    await assert.rejects(create(CAT), TypeError);
    assert.equal(emulator.ledger().charges.length, charges);
    assert.equal(emulator.ledger().requests["POST /api/v1/generations"], 1);
  }
});

test("faults: statuses come in the envelope and do nothing", async () => {
  for (const [kind, status, code] of [
    ["status_429", 429, "rate_limited"],
    ["status_500", 500, "internal_error"],
    ["status_503", 503, "public_api_disabled"],
  ]) {
    const { create, emulator } = await start({ faults: { seed: 1, rate: 1, kinds: [kind] } });
    const response = await create(CAT);
    assert.equal(response.headers.get("retry-after"), kind === "status_429" ? "1" : null);
    const refused = await refusal(response);
    assert.deepEqual([refused.status, refused.code], [status, code]);
    assert.equal(emulator.ledger().charges.length, 0);
  }
});

test("faults: a 2xx breaks off or is no JSON, a refusal stays whole", async () => {
  for (const [kind, error] of [
    ["truncate", TypeError],
    ["garbage", SyntaxError],
  ]) {
    const { create, emulator } = await start({ faults: { seed: 1, rate: 1, kinds: [kind] } });
    const response = await create(CAT);
    assert.ok(response.ok);
    await assert.rejects(response.json(), error);
    assert.equal(emulator.ledger().charges.length, 1);
    assert.equal((await refusal(await create({ ...CAT, model: "nope" }))).code, "validation_failed");
  }
});

test("faults: a truncated body gives its first half before it fails", async () => {
  const { get } = await start({ faults: { seed: 1, rate: 1, kinds: ["truncate"] } });
  const reader = (await get("/credits")).body.getReader();
  const { value } = await reader.read();
  assert.equal(Buffer.from(value).toString(), '{"current_cr');
  await assert.rejects(reader.read(), TypeError);
});

test("faults: a slow answer comes 1 to 3 seconds late, and an abort ends the wait at once", async () => {
  const { get, create, emulator } = await start({ faults: { seed: 1, rate: 1, kinds: ["slow"] } });
  const started = performance.now();
  assert.equal((await get("/credits")).status, 200);
  const took = performance.now() - started;
  assert.ok(took > 950 && took < 3500, `${took} ms`);
  const controller = new AbortController();
  const reason = new Error("enough");
  const call = create(CAT, "k", { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  const aborted = performance.now();
  await assert.rejects(call, (error) => error === reason);
  assert.ok(performance.now() - aborted < 500);
  assert.equal(emulator.ledger().charges.length, 1, "the work was done before the delay");
});

test("the same seed makes the same faults", async () => {
  const fates = async (seed) => {
    const kinds = ["drop_before", "drop_after", "status_429", "status_500", "status_503", "truncate", "garbage"];
    const { get } = await start({ faults: { seed, rate: 0.5, kinds } });
    const seen = [];
    for (let n = 0; n < 60; n++) {
      seen.push(
        await get("/credits").then(
          (response) =>
            response.text().then(
              (text) => `${response.status} ${text.slice(0, 9)}`,
              () => "cut",
            ),
          () => "dropped",
        ),
      );
    }
    return seen;
  };
  assert.deepEqual(await fates(11), await fates(11));
  assert.notDeepEqual(await fates(11), await fates(12));
});
