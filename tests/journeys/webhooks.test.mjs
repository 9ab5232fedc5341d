// From a submission to the event in a receiver's hand: the emulator posts over a real socket, the receiver verifies
// what arrives, byte for byte.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { verifyWebhook } from "rivya-wasm/edge";
import { createEmulator } from "rivya-wasm/emulator";
import { startReceiver } from "../support/receiver.mjs";

const SECRETS = { old: "whsec_b2xkIHNlY3JldCBvZiAyNCBieXRlcy4u", current: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
const PACE = { queuedMs: 20, processingMs: 50 };
const HUB = {
  idHeader: "",
  timestampHeader: "",
  signatureHeader: "X-Hub-Signature-256",
  signedContent: "body",
  encoding: "hex",
  signaturePrefix: "sha256=",
};

/**
 * A receiver that answers 204 to what is genuine, 400 to what is not, and 500 where its own work fails. Keeps what it
 * came to.
 */
async function startShop(t, options, work = () => {}) {
  const outcomes = [];
  const waiting = [];
  const receiver = await startReceiver(async ({ body, headers }, response) => {
    const outcome = await verifyWebhook({ body, headers }, options).then(
      (event) => ({ event }),
      (error) => ({ error }),
    );
    let status = outcome.error === undefined ? 204 : outcome.error.code === "webhook_signature" ? 400 : 500;
    try {
      if (outcome.event !== undefined) work(outcome.event);
    } catch {
      status = 500;
    }
    response.writeHead(status).end();
    outcomes.push(outcome);
    waiting.shift()?.();
  });
  t.after(() => receiver.close());
  const seen = async (count) => {
    while (outcomes.length < count) await new Promise((resolve) => waiting.push(resolve));
    return outcomes.slice(0, count);
  };
  return { ...receiver, seen };
}

async function connect(t, webhooks, options) {
  const emulator = await createEmulator({ pace: PACE, webhooks, ...options });
  const client = await createClient(emulator.options);
  t.after(() => {
    client.free();
    emulator.free();
  });
  return client;
}

describe("from a submission to its event", () => {
  for (const [name, scheme] of [
    ["standard_webhooks", undefined],
    ["a_scheme_of_another_kind", HUB],
  ]) {
    test(`a_genuine_delivery_signed_by_${name}_is_taken_at_once`, async (t) => {
      const shop = await startShop(t, { secret: SECRETS.current, scheme });
      const client = await connect(t, { url: shop.url, secret: SECRETS.current, scheme });
      const generation = await client.generate({ model: "z-image", prompt: "a kite" });
      const [{ event, error }] = await shop.seen(1);
      assert.equal(error, undefined, error?.stack);
      assert.deepEqual([event.type, event.generation], ["generation.succeeded", generation]);
    });
  }

  test("a_failed_generation_is_told_as_one", async (t) => {
    const shop = await startShop(t, { secret: SECRETS.current });
    const client = await connect(t, { url: shop.url, secret: SECRETS.current }, { outcome: "failed" });
    const { id } = await client.generations.create({ model: "z-image", prompt: "a kite" });
    const [{ event }] = await shop.seen(1);
    assert.deepEqual([event.type, event.generation.id, event.generation.status], ["generation.failed", id, "failed"]);
  });

  test("while_a_secret_is_rotated_both_are_taken_and_afterwards_the_new_one_alone", async (t) => {
    const rotating = await startShop(t, { secret: [SECRETS.current, SECRETS.old] });
    const rotated = await startShop(t, { secret: SECRETS.current });
    const client = await connect(t, [
      { url: rotating.url, secret: SECRETS.old },
      { url: rotating.url, secret: SECRETS.current },
      { url: rotated.url, secret: SECRETS.old },
    ]);
    await client.generations.create({ model: "z-image", prompt: "a kite" });
    assert.deepEqual(
      (await rotating.seen(2)).map(({ event }) => event?.type),
      ["generation.succeeded", "generation.succeeded"],
    );
    const [{ error }] = await rotated.seen(1);
    assert.equal(error.code, "webhook_signature");
  });

  test("what_the_receiver_could_not_finish_comes_again_and_is_claimed_anew", async (t) => {
    const claimed = new Set();
    const claim = (id) => !claimed.has(id) && Boolean(claimed.add(id));
    let failures = 1;
    const shop = await startShop(t, { secret: SECRETS.current, claim }, () => {
      if (failures === 0) return;
      failures -= 1;
      claimed.clear();
      throw new Error("the database is away");
    });
    const client = await connect(t, { url: shop.url, secret: SECRETS.current });
    await client.generations.create({ model: "z-image", prompt: "a kite" });
    const [first, second] = await shop.seen(2);
    assert.equal(first.event.id, second.event.id);
    assert.equal(claimed.size, 1);
  });

  test("a_recorded_delivery_played_again_is_refused", async (t) => {
    const claimed = new Set();
    const options = { secret: SECRETS.current, claim: (id) => !claimed.has(id) && Boolean(claimed.add(id)) };
    const shop = await startShop(t, options);
    const client = await connect(t, { url: shop.url, secret: SECRETS.current });
    await client.generations.create({ model: "z-image", prompt: "a kite" });
    await shop.seen(1);
    const [{ body, headers }] = shop.deliveries;
    const recorded = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("webhook-")));
    assert.equal((await fetch(shop.url, { method: "POST", body, headers: recorded })).status, 400);
    const [, { error }] = await shop.seen(2);
    assert.match(error.message, /was delivered before: a replay/);
    const fresh = { ...recorded, "webhook-id": "msg_of_an_attacker" };
    assert.equal((await fetch(shop.url, { method: "POST", body, headers: fresh })).status, 400);
    assert.equal(claimed.size, 1);
  });
});
