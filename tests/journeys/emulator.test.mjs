// The client against the emulator, in this process and over a real socket: from a prompt and two photos to the picture,
// and with faults on a third of all exchanges, in each way that an API may treat a repeated submission.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClient, RivyaError } from "rivya-wasm";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { png } from "../emulator/api.mjs";

const PACE = { queuedMs: 300, processingMs: 300 };
const JPEG = [0xff, 0xd8, 0xff];
const photos = () =>
  [
    [200, 40, 40],
    [40, 40, 200],
  ].map((colour) => new Blob([png(64, 48, colour)], { type: "image/png" }));

async function makesThePicture(client, emulator) {
  const before = emulator.ledger();
  const phases = [];
  const generation = await client.generate(
    {
      model: "nano-banana-2",
      prompt: "a red and a blue field",
      params: { aspect_ratio: "16:9" },
      references: photos(),
    },
    { onProgress: ({ phase }) => phases.push(phase) },
  );
  assert.equal(generation.status, "succeeded");
  assert.deepEqual(
    [...new Set(phases)].filter((phase) => phase !== "processing"),
    ["uploading", "submitting", "queued"],
  );
  assert.equal(phases.filter((phase) => phase === "uploading").length, 4, "each photo at 0 and at 100 %");
  const [picture] = await client.download(generation);
  assert.equal(picture.type, "image/jpeg");
  assert.deepEqual([...new Uint8Array(await picture.slice(0, 3).arrayBuffer())], JPEG);
  const after = emulator.ledger();
  assert.equal(before.credits - after.credits, generation.final_credits);
  assert.equal(after.charges.length - before.charges.length, 1);
}

describe("from a prompt and two photos to the picture", () => {
  test("in_this_process", async () => {
    const emulator = await createEmulator({ pace: PACE });
    const client = await createClient(emulator.options);
    await makesThePicture(client, emulator);
    client.free();
    emulator.free();
  });

  test("over_a_socket", async () => {
    const server = await serveEmulator((publicUrl) => createEmulator({ pace: PACE, publicUrl }));
    try {
      const { fetch, downloadFetch, ...options } = server.emulator.options;
      const client = await createClient(options);
      await makesThePicture(client, server.emulator);
      client.free();
    } finally {
      await server.close();
    }
  });
});

const GENERATIONS = 8;
const FAULTS = {
  rate: 0.3,
  kinds: ["drop_before", "drop_after", "status_429", "status_500", "status_503", "truncate", "garbage"],
};

/** Several generations at once through faults; how each ended, and what the account says. */
async function through(idempotency, seed, maxRetries = 12) {
  const emulator = await createEmulator({ pace: PACE, idempotency, faults: { ...FAULTS, seed } });
  const client = await createClient({ ...emulator.options, maxRetries });
  const ends = await Promise.allSettled(
    Array.from({ length: GENERATIONS }, (_, index) =>
      client.generate({ model: "z-image", prompt: `picture ${index}` }, { idempotencyKey: `order-${index}` }),
    ),
  );
  const { charges } = emulator.ledger();
  const charged = Map.groupBy?.(charges, ({ idempotencyKey }) => idempotencyKey) ?? grouped(charges);
  client.free();
  emulator.free();
  return { ends, charged };
}

/** `Map.groupBy` for Node 20. */
function grouped(charges) {
  const groups = new Map();
  for (const charge of charges)
    groups.set(charge.idempotencyKey, [...(groups.get(charge.idempotencyKey) ?? []), charge]);
  return groups;
}

describe("faults on a third of all exchanges", { concurrency: true }, () => {
  for (const idempotency of ["replay", "conflict_while_running"]) {
    test(`each_is_charged_once_and_delivered_where_a_repeat_gets_${idempotency}`, async () => {
      const { ends, charged } = await through(idempotency, 7);
      for (const [index, end] of ends.entries()) {
        assert.equal(end.status, "fulfilled", `${index}: ${end.reason}`);
        assert.equal(charged.get(`order-${index}`)?.length, 1, `order-${index}`);
      }
    });
  }

  test("each_is_charged_at_most_once_and_doubt_is_said_where_a_repeat_gets_conflict", async () => {
    const { ends, charged } = await through("conflict", 3, 5);
    for (const [index, end] of ends.entries()) {
      const charges = charged.get(`order-${index}`)?.length ?? 0;
      assert.ok(charges <= 1, `order-${index} was charged ${charges} times`);
      if (end.status === "fulfilled") continue;
      assert.ok(end.reason instanceof RivyaError, String(end.reason));
      assert.equal(end.reason.idempotencyKey, `order-${index}`);
      // Whoever was charged is told so; a conflict with our own repeat means that the first one arrived.
      if (charges === 1) assert.ok(end.reason.mayHaveBeenCharged, `order-${index}`);
      if (end.reason.code === "idempotency_conflict") assert.equal(charges, 1);
    }
    assert.ok(
      ends.some(({ status }) => status === "rejected"),
      "of the first eight exchanges, which are the submissions, this seed loses an answer",
    );
  });

  test("every_call_ends_where_a_repeat_is_a_new_task", async () => {
    const { ends, charged } = await through("ignored", 7);
    assert.ok(ends.every(({ status }) => status === "fulfilled"));
    assert.equal(charged.size, GENERATIONS);
  });
});
