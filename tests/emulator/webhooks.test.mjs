/**
 * What the emulator tells of a task's end: to whom, when, how often, signed how. Checked with the platform's own HMAC.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { startReceiver } from "../support/receiver.mjs";
import { HOSTILE, HOSTILE_VALUES } from "../abuse/hostile-values.mjs";
import { pathsOf, withValueAt } from "../abuse/surface.mjs";
import { openResourceLedger } from "../support/resource-ledger.mjs";
import { until } from "../support/until.mjs";
import { api, INSTANT } from "./api.mjs";
import { STANDARD } from "../edge/deliveries.mjs";

// Before the package: it may keep what it finds at import.
const ledger = openResourceLedger();
const { createEmulator } = await import("rivya-wasm/emulator");

const CAT = { model: "nano-banana-2", prompt: "A cat" };
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const LOOPBACK = "http://127.0.0.1:9/hook";

async function start(t, options) {
  const emulator = await createEmulator({ pace: INSTANT, ...options });
  t.after(() => emulator.free());
  return { emulator, ...api(emulator.fetch, emulator.options.baseUrl) };
}

async function receive(t, answer) {
  const receiver = await startReceiver(answer);
  t.after(() => receiver.close());
  return receiver;
}

const mac = (key, content, encoding) => createHmac("sha256", key).update(content).digest(encoding);
const KEY = Buffer.from(SECRET.slice("whsec_".length), "base64");
/** Those of the emulator: the platform keeps some for its connections. */
const timers = () => ledger.open().filter((text) => text.startsWith("setTimeout") && text.includes("/dist/emulator"));
const noTimerIsLeft = () => until(() => timers().length === 0, { what: "no timer is left" });

const named = ({ headers }) => headers["webhook-id"];
const isSigned = ({ headers, body }) =>
  headers["webhook-signature"] ===
  `v1,${mac(KEY, `${named({ headers })}.${headers["webhook-timestamp"]}.${body}`, "base64")}`;

for (const outcome of ["succeeded", "failed"]) {
  test(`a_task_that_${outcome}_is_told_once_with_the_generation_as_a_poll_sees_it`, async (t) => {
    const receiver = await receive(t);
    const { generate } = await start(t, { outcome, webhooks: { url: `${receiver.url}?a=1`, secret: SECRET } });
    const generation = await generate(CAT);
    const delivery = await receiver.next();
    assert.deepEqual(
      [delivery.method, delivery.path, delivery.headers["content-type"]],
      ["POST", "/hooks/rivya?a=1", "application/json"],
    );
    assert.ok(isSigned(delivery));
    assert.ok(Math.abs(delivery.headers["webhook-timestamp"] * 1_000 - Date.now()) < 60_000);
    const { id, created_at, ...event } = JSON.parse(delivery.body);
    assert.match(id, /^evt_./);
    assert.match(named(delivery), /^msg_./);
    assert.equal(created_at, generation.updated_at);
    assert.deepEqual(event, { type: `generation.${outcome}`, api_version: "2026-05-11", data: generation });
  });
}

test("a_delivery_waits_for_its_task_s_end", async (t) => {
  const receiver = await receive(t);
  const { create } = await start(t, {
    pace: { queuedMs: 100, processingMs: 200 },
    webhooks: { url: receiver.url, secret: SECRET },
  });
  const { created_at } = await (await create(CAT)).json();
  const { data, created_at: endedAt } = JSON.parse((await receiver.next()).body);
  assert.equal(data.status, "succeeded");
  assert.equal(Date.parse(endedAt) - Date.parse(created_at), 300);
  assert.ok(Date.now() >= Date.parse(endedAt));
});

test("each_task_is_told_to_each_receiver_and_each_delivery_has_its_own_id", async (t) => {
  const receivers = [await receive(t), await receive(t)];
  const { create } = await start(t, { webhooks: receivers.map(({ url }) => ({ url, secret: SECRET })) });
  const tasks = [];
  for (let count = 0; count < 3; count += 1) tasks.push((await (await create(CAT)).json()).id);
  const told = [];
  for (const receiver of receivers) {
    const deliveries = [await receiver.next(), await receiver.next(), await receiver.next()];
    assert.deepEqual(deliveries.map(({ body }) => JSON.parse(body).data.id).sort(), tasks.sort());
    assert.ok(deliveries.every(isSigned));
    told.push(...deliveries);
  }
  assert.equal(new Set(told.map(named)).size, 6);
  assert.equal(new Set(told.map(({ body }) => JSON.parse(body).id)).size, 3);
});

test("a_repeated_submission_that_is_answered_from_memory_is_not_told_again", async (t) => {
  const receiver = await receive(t);
  const { create } = await start(t, { webhooks: { url: receiver.url, secret: SECRET } });
  const first = (await (await create(CAT, "key-1")).json()).id;
  assert.equal((await (await create(CAT, "key-1")).json()).id, first);
  const last = (await (await create(CAT, "key-2")).json()).id;
  const told = [await receiver.next(), await receiver.next()].map(({ body }) => JSON.parse(body).data.id);
  assert.deepEqual(told.sort(), [first, last].sort());
  assert.equal(receiver.deliveries.length, 2);
});

test("what_is_not_taken_is_made_again_later_and_later_and_never_after_a_2xx", async (t) => {
  const answers = [503, 302, 200];
  const receiver = await receive(t, (_, response) => {
    const status = answers.shift();
    response.writeHead(status, status === 302 ? { Location: "http://127.0.0.1:9/elsewhere" } : {}).end("thanks");
  });
  const { create } = await start(t, { webhooks: { url: receiver.url, secret: SECRET } });
  await create(CAT);
  const made = [await receiver.next(), await receiver.next(), await receiver.next()];
  assert.ok(made.every(isSigned));
  assert.equal(new Set(made.map(named)).size, 1);
  assert.equal(new Set(made.map(({ body }) => String(body))).size, 1);
  assert.ok(made[2].atMs - made[1].atMs > made[1].atMs - made[0].atMs);
  // A repeat would have its timer.
  await noTimerIsLeft();
  assert.equal(receiver.deliveries.length, 3);
});

test("a_receiver_that_is_not_there_is_tried_again", async (t) => {
  const receiver = await startReceiver((_, response) => response.destroy());
  const { create } = await start(t, { webhooks: { url: receiver.url, secret: SECRET } });
  t.after(() => receiver.close());
  await create(CAT);
  await receiver.next();
  assert.ok(isSigned(await receiver.next()));
});

test("faults_hit_the_api_and_not_its_deliveries", async (t) => {
  const receiver = await receive(t);
  const { create } = await start(t, {
    webhooks: { url: receiver.url, secret: SECRET },
    faults: { seed: 1, rate: 1, kinds: ["drop_after"] },
  });
  await assert.rejects(create(CAT), TypeError);
  assert.equal(JSON.parse((await receiver.next()).body).data.status, "succeeded");
});

test("free_takes_back_every_timer_and_request_of_a_delivery", async (t) => {
  const waiting = await start(t, {
    pace: { queuedMs: 0, processingMs: 1e9 },
    webhooks: { url: LOOPBACK, secret: SECRET },
  });
  await waiting.create(CAT);
  assert.equal(timers().length, 1);
  waiting.emulator.free();
  assert.deepEqual(timers(), []);

  // One that the receiver never answers.
  let hungUp;
  const closed = new Promise((resolve) => (hungUp = resolve));
  const receiver = await receive(t, (_, response) => response.on("close", hungUp));
  const sending = await start(t, { webhooks: { url: receiver.url, secret: SECRET } });
  await sending.create(CAT);
  await receiver.next();
  sending.emulator.free();
  await closed;
  await noTimerIsLeft();
  assert.equal(receiver.deliveries.length, 1);
});

test("without_receivers_no_timer_is_ever_set", async (t) => {
  const { create } = await start(t, { webhooks: [] });
  await create(CAT);
  assert.deepEqual(timers(), []);
});

test("a_scheme_of_another_kind_is_signed_as_it_says", async (t) => {
  const receiver = await receive(t);
  const scheme = {
    idHeader: "",
    timestampHeader: "X-Time",
    signatureHeader: "X-Signature",
    signedContent: "timestamp.body",
    encoding: "hex",
    signaturePrefix: "v0=",
  };
  const { create } = await start(t, { webhooks: { url: receiver.url, secret: "in words", scheme } });
  await create(CAT);
  const { headers, body } = await receiver.next();
  assert.equal(headers["x-signature"], `v0=${mac("in words", `${headers["x-time"]}.${body}`, "hex")}`);
  assert.ok(!Object.keys(headers).some((name) => name.startsWith("webhook-")));
});

test("every_hostile_value_in_place_of_a_receiver_is_refused_or_does_no_harm", async (t) => {
  const scheme = {
    idHeader: "a",
    timestampHeader: "b",
    signatureHeader: "c",
    signedContent: "body",
    encoding: "hex",
    signaturePrefix: "",
  };
  const argumentsOf = () => [{ webhooks: [{ url: LOOPBACK, secret: SECRET, scheme: { ...scheme } }] }];
  let taken = 0;
  for (const path of pathsOf(argumentsOf()).slice(1)) {
    for (const [name, make] of HOSTILE_VALUES) {
      const what = `${name} at ${path.join(".")}`;
      const options = withValueAt(argumentsOf(), path, make());
      const made = await createEmulator(...options).catch((error) => {
        assert.ok(error instanceof TypeError && error !== HOSTILE, `${what}: ${error?.stack ?? String(error)}`);
        assert.match(error.message, /^options\.webhooks/, what);
        return null;
      });
      taken += made === null ? 0 : 1;
      made?.free();
    }
  }
  assert.ok(taken > 0, "nothing was ever taken");
  const receiver = await receive(t);
  const { create } = await start(t, { webhooks: { url: receiver.url, secret: SECRET } });
  await create(CAT);
  assert.ok(isSigned(await receiver.next()));
});

test("a_receiver_elsewhere_and_every_wrong_option_is_a_type_error_that_names_its_path", async () => {
  const right = { url: LOOPBACK, secret: SECRET };
  const scheme = STANDARD;
  for (const url of [
    "http://127.0.0.1:1/a?b=c",
    "https://localhost/x",
    "http://[::1]:80",
    "http://127.1:1",
    "http://LOCALHOST",
  ]) {
    (await createEmulator({ webhooks: { ...right, url } })).free();
  }
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const hosts = [
    "shop.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "0.0.0.0:1",
    "[::ffff:127.0.0.1]",
    "localhost.:1",
    "user:pw@127.0.0.1",
    "u@[::1]",
  ];
  const elsewhere = [
    ...hosts.map((host) => `http://${host}/hook`),
    "ftp://127.0.0.1",
    "http://127.0.0.1/#x",
    "/hook",
    "",
    5,
    null,
  ];
  for (const [webhooks, path] of [
    ...elsewhere.map((url) => [{ ...right, url }, "options.webhooks.url"]),
    [[right, { ...right, url: "http://8.8.8.8" }], "options.webhooks[1].url"],
    [{ secret: SECRET }, "options.webhooks.url"],
    [{ url: LOOPBACK }, "options.webhooks.secret"],
    [{ ...right, secret: "" }, "options.webhooks.secret"],
    [{ ...right, secret: "whsec_" }, "options.webhooks.secret"],
    [{ ...right, secret: 4_711_471_147 }, "options.webhooks.secret"],
    [{ ...right, sceme: {} }, "options.webhooks.sceme"],
    [{ ...right, scheme: {} }, "options.webhooks.scheme.signedContent"],
    [{ ...right, scheme: { ...scheme, encoding: "base32" } }, "options.webhooks.scheme.encoding"],
    [{ ...right, scheme: { ...scheme, idHeader: "" } }, "options.webhooks.scheme.idHeader"],
    [{ ...right, scheme: { ...scheme, signatureHeader: "a b" } }, "options.webhooks.scheme.signatureHeader"],
    [{ ...right, scheme: { ...scheme, timestampHeader: "a\r\nb" } }, "options.webhooks.scheme.timestampHeader"],
    [{ ...right, scheme: { ...scheme, signaturePrefix: "v1 " } }, "options.webhooks.scheme.signaturePrefix"],
    [LOOPBACK, "options.webhooks"],
    [null, "options.webhooks"],
    [proxy, "options.webhooks"],
    [[5], "options.webhooks[0]"],
  ]) {
    await assert.rejects(createEmulator({ webhooks }), (error) => {
      assert.ok(error instanceof TypeError && error.message.startsWith(`${path}:`), `${path}: ${error}`);
      return !/MfKQ|4711471147|pw@/.test(error.message);
    });
  }
});
