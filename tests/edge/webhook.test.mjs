/** Deliveries of webhooks: what is taken for genuine, and what is not. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { runInNewContext } from "node:vm";
import { RivyaError, verifyWebhook } from "../../dist/edge.node.js";
import { deliver, EVENT, GENERATION, nowS, requestOf, SECRET, sign, STANDARD, URL_OF_RECEIVER } from "./deliveries.mjs";

const MAX_BODY_BYTES = 1_048_576;
const OTHER = "whsec_b3RoZXIgc2VjcmV0IG9mIDI0IGJ5dGVz";

/** The error with which a delivery is refused. */
async function refusal(delivery, options = { secret: SECRET }) {
  const error = await verifyWebhook(delivery, options).then(
    () => assert.fail("it was taken"),
    (reason) => reason,
  );
  assert.ok(error instanceof RivyaError, error?.stack);
  assert.equal(error.retryable, false);
  for (const secret of [options.secret].flat())
    assert.ok(!error.message.includes(secret), "the secret is in the message");
  return error;
}

/** Refused as not genuine, with a message that says why. */
async function isRefused(delivery, why, options) {
  const error = await refusal(delivery, options);
  assert.equal(error.code, "webhook_signature");
  assert.match(error.message, why);
}

function without({ body, headers }, name) {
  const { [name]: _, ...others } = headers;
  return { body, headers: others };
}
const withHeader = ({ body, headers }, name, value) => ({ body, headers: { ...headers, [name]: value } });

describe("a delivery", () => {
  test("a_genuine_one_gives_its_event", async () => {
    const event = await verifyWebhook(requestOf(deliver()), { secret: SECRET });
    const { id, type, created_at } = EVENT;
    assert.deepEqual(event, { id, type, created_at, generation: GENERATION, raw: EVENT });
    assert.equal(event.generation, event.raw.data);
  });

  test("the_published_example_of_standard_webhooks_fits", async () => {
    const headers = {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const options = { secret: SECRET, toleranceMs: 1e15 };
    // It is no event of the API's, which is found out behind the signature alone.
    assert.equal((await refusal({ body: '{"test": 2432232314}', headers }, options)).code, "invalid_response");
    await isRefused({ body: '{"test": 2432232315}', headers }, /none that fits/, options);
  });

  test("a_part_of_its_signature_is_not_enough", async () => {
    const genuine = deliver();
    const bytes = Buffer.from(genuine.headers["webhook-signature"].slice(3), "base64");
    for (const part of [
      bytes.subarray(0, 1),
      bytes.subarray(0, 16),
      bytes.subarray(0, 31),
      bytes.subarray(1),
      Buffer.concat([bytes, Buffer.from([0])]),
    ]) {
      await isRefused(withHeader(genuine, "webhook-signature", `v1,${part.toString("base64")}`), /none that fits/);
    }
  });

  test("it_may_come_in_every_form_that_servers_hand_out", async () => {
    const { body, headers } = deliver({ body: JSON.stringify({ ...EVENT, note: "Grüße 🪁" }) });
    const inTitleCase = (name) => name.replace(/(^|-)\w/g, (start) => start.toUpperCase());
    const titled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [inTitleCase(name), value]));
    const byteByByte = ReadableStream.from([...Buffer.from(body)].map((byte) => Uint8Array.of(byte)));
    for (const [form, delivery] of Object.entries({
      request: requestOf({ body, headers }),
      request_that_says_it_is_text: requestOf({
        body,
        headers: { ...headers, "content-type": "text/plain; charset=utf-16" },
      }),
      text_and_plain_headers: { body, headers },
      names_in_any_case: { body, headers: titled },
      headers_of_the_platform: { body, headers: new Headers(headers) },
      headers_of_a_node_server: {
        body,
        headers: { ":path": "/", ...headers, "set-cookie": ["a", "b"], "x-none": undefined },
      },
      bytes: { body: new TextEncoder().encode(body), headers },
      buffer: { body: Buffer.from(body), headers },
      buffer_within_a_larger_one: { body: Buffer.from(`xx${body}xx`).subarray(2, -2), headers },
      bytes_of_another_realm: {
        body: runInNewContext("Uint8Array.from(given)", { given: [...Buffer.from(body)] }),
        headers,
      },
      byte_by_byte: { body: byteByByte, headers },
      look_alike_of_a_request: {
        body: requestOf({ body, headers }).body,
        bodyUsed: false,
        headers: new Headers(headers),
        method: "POST",
      },
    })) {
      const event = await verifyWebhook(delivery, { secret: SECRET });
      assert.equal(event.raw.note, "Grüße 🪁", form);
    }
  });

  test("one_changed_byte_anywhere_is_not_genuine", async () => {
    const genuine = deliver();
    for (const at of [0, 5, 100, genuine.body.length - 1]) {
      const body = Buffer.from(genuine.body);
      body[at] ^= 1;
      await isRefused({ ...genuine, body }, /byte for byte/);
    }
    await isRefused({ ...genuine, body: `${genuine.body} ` }, /none that fits/);
    await isRefused({ ...genuine, body: JSON.stringify(JSON.parse(genuine.body), null, 1) }, /none that fits/);
    await isRefused(withHeader(genuine, "webhook-id", "msg_2"), /none that fits/);
    await isRefused(withHeader(genuine, "webhook-timestamp", String(nowS() + 2)), /none that fits/);
    await isRefused(genuine, /none that fits/, { secret: OTHER });
    await isRefused({ ...genuine, body: "" }, /none that fits/);
    await isRefused(new Request(URL_OF_RECEIVER, { headers: genuine.headers }), /none that fits/);
  });

  test("a_missing_or_malformed_header_is_named", async () => {
    const genuine = deliver();
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
      const why = new RegExp(`its header ${name} is missing`);
      await isRefused(without(genuine, name), why);
      await isRefused(requestOf(without(genuine, name)), why);
      await isRefused(withHeader(genuine, name, undefined), why);
    }
    await isRefused(withHeader(genuine, "webhook-id", ""), /its header webhook-id is missing/);
    for (const time of ["soon", "", "1.5", "-1", `${nowS()}000`, `${nowS()}, ${nowS()}`]) {
      await isRefused(withHeader(genuine, "webhook-timestamp", time), /webhook-timestamp is no time in whole seconds/);
    }
    for (const signature of ["", "v1", "v1,", "v2,AAAA", "AAAA", "v1,****", "v1a,AAAA"]) {
      await isRefused(withHeader(genuine, "webhook-signature", signature), /webhook-signature holds no signature/);
    }
    await isRefused(
      withHeader(genuine, "webhook-signature", "v1,".padEnd(40_000, "A")),
      /webhook-signature has over 32768 characters/,
    );
    // In two spellings they are two headers, as if both had arrived.
    await isRefused(withHeader(genuine, "Webhook-Id", "msg_2"), /none that fits/);
  });

  test("one_of_several_signatures_and_one_of_several_secrets_is_enough", async () => {
    const { body, headers } = deliver();
    const signature = headers["webhook-signature"];
    const others = `v1,${sign(OTHER, ["msg_1", headers["webhook-timestamp"], body])} v1a,AAAA`;
    for (const several of [
      `${others} ${signature}`,
      `${signature} ${others}`,
      `${signature}, ${others}`,
      `${others}, ${signature}`,
    ]) {
      assert.equal(
        (await verifyWebhook(withHeader({ body, headers }, "webhook-signature", several), { secret: SECRET })).id,
        "evt_1",
      );
    }
    const two = new Headers(without({ body, headers }, "webhook-signature").headers);
    two.append("webhook-signature", others);
    two.append("webhook-signature", signature);
    assert.equal((await verifyWebhook({ body, headers: two }, { secret: SECRET })).id, "evt_1");
    for (const secret of [[SECRET], [OTHER, SECRET], [SECRET, OTHER], ["a secret in words", OTHER, SECRET]]) {
      assert.equal((await verifyWebhook({ body, headers }, { secret })).id, "evt_1");
    }
    await isRefused({ body, headers }, /none that fits/, { secret: ["a secret in words", OTHER] });
  });

  test("a_secret_that_is_no_base64_behind_its_prefix_is_text", async () => {
    for (const secret of [
      "a secret in words",
      "whsec, but no prefix",
      "WHSEC_AAAAAAAAAAAA",
      "ein schlüssel in worten",
    ]) {
      assert.equal((await verifyWebhook(deliver({ secret }), { secret })).id, "evt_1");
    }
    const { body, headers } = deliver();
    const secret = "whsec_not base64!";
    const signature = createHmac("sha256", secret)
      .update(`msg_1.${headers["webhook-timestamp"]}.${body}`)
      .digest("base64");
    assert.equal(
      (await verifyWebhook(withHeader({ body, headers }, "webhook-signature", `v1,${signature}`), { secret })).id,
      "evt_1",
    );
  });

  test("a_body_is_taken_up_to_its_limit_and_not_received_beyond", async () => {
    const filled = JSON.stringify({ ...EVENT, fill: "" });
    const body = filled.replace('"fill":""', `"fill":"${"x".repeat(MAX_BODY_BYTES - filled.length)}"`);
    const longest = deliver({ body });
    assert.equal(Buffer.byteLength(body), MAX_BODY_BYTES);
    for (const delivery of [longest, requestOf(longest), { ...longest, body: Buffer.from(body) }]) {
      assert.equal((await verifyWebhook(delivery, { secret: SECRET })).id, "evt_1");
    }
    const over = deliver({ body: `${body} ` });
    for (const delivery of [
      over,
      requestOf(over),
      { ...over, body: Buffer.from(over.body) },
      { ...over, body: "ü".repeat(600_000) },
    ]) {
      await isRefused(delivery, /its body has over 1048576 bytes/);
    }
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(100_000));
      },
      cancel() {
        cancelled = true;
      },
    });
    await isRefused({ ...over, body: endless }, /its body has over/);
    assert.ok(cancelled);
    assert.ok(sent < 20, `${sent} pieces were received`);
  });

  test("a_body_that_breaks_off_is_a_network_error", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("the line went dead")) });
    const error = await refusal({ ...deliver(), body: broken });
    assert.deepEqual(
      [error.code, error.message],
      ["network_error", "The delivery's body broke off: the line went dead"],
    );
  });

  test("what_somebody_else_has_read_is_a_type_error_that_says_so", async () => {
    const read = requestOf(deliver());
    await read.text();
    await assert.rejects(verifyWebhook(read, { secret: SECRET }), {
      name: "TypeError",
      message: /delivery\.body was read before/,
    });
    const locked = requestOf(deliver());
    locked.body.getReader();
    await assert.rejects(verifyWebhook(locked, { secret: SECRET }), {
      name: "TypeError",
      message: /being read by somebody else/,
    });
    const parsed = { ...deliver(), body: EVENT };
    const message = /delivery\.body must be a string.*raw body.*not an object/;
    await assert.rejects(verifyWebhook(parsed, { secret: SECRET }), { name: "TypeError", message });
  });

  test("a_genuine_one_that_is_no_event_is_told_apart_from_a_forged_one", async () => {
    const { data, ...bare } = EVENT;
    const members = [{ id: 5 }, { id: "" }, { type: null }, { type: "" }, { created_at: 1 }];
    const objects = members.map((more) => JSON.stringify({ ...bare, ...more }));
    for (const body of ["", "not json", "null", "[]", '"evt_1"', "{}", `\ufeff${JSON.stringify(EVENT)}`, ...objects]) {
      const error = await refusal(deliver({ body }));
      assert.equal(error.code, "invalid_response", body);
      assert.match(error.message, /genuine, but no event/);
    }
    const latin1 = Buffer.from('{"id":"evt_1","type":"\xe9","created_at":""}', "latin1");
    const timestamp = String(nowS());
    const key = Buffer.from(SECRET.slice(6), "base64");
    const signature = createHmac("sha256", key).update(`msg_1.${timestamp}.`).update(latin1).digest("base64");
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
    assert.equal((await refusal({ body: latin1, headers })).code, "invalid_response");
  });

  test("the_generation_is_found_under_whatever_key_it_lies", async () => {
    const { data, ...bare } = EVENT;
    for (const [more, expected] of [
      [{ data }, GENERATION],
      [{ data: { object: GENERATION } }, GENERATION],
      [{ generation: GENERATION }, GENERATION],
      [{ object: GENERATION }, GENERATION],
      [{ object: "event", generation: GENERATION }, GENERATION],
      [{ data: { id: "task_1" } }, null],
      [{ payload: GENERATION }, null],
      [{}, null],
    ]) {
      const raw = { ...bare, ...more };
      const event = await verifyWebhook(deliver({ body: JSON.stringify(raw) }), { secret: SECRET });
      assert.deepEqual([event.generation, event.raw], [expected, raw]);
    }
  });

  test("an_event_of_a_type_that_is_new_comes_through", async () => {
    const body = JSON.stringify({ ...EVENT, type: "endpoint.test", data: { note: "safe" }, "__proto__x": 1 });
    const { type, generation } = await verifyWebhook(deliver({ body }), { secret: SECRET });
    assert.deepEqual([type, generation], ["endpoint.test", null]);
  });
});

describe("the age of a delivery", () => {
  const NOW_MS = 1_778_457_600_000;
  let nowMs;
  beforeEach(() => {
    nowMs = NOW_MS;
    mock.method(Date, "now", () => nowMs);
  });
  afterEach(() => mock.restoreAll());

  const taken = async (delivery, options) =>
    (await verifyWebhook(delivery, { secret: SECRET, ...options })).id === "evt_1";

  test("it_is_taken_within_five_minutes_both_ways", async () => {
    const delivery = deliver();
    for (const offMs of [0, 1, 299_999, 300_000, -299_999, -300_000]) {
      nowMs = NOW_MS + offMs;
      assert.ok(await taken(delivery), `${offMs}`);
    }
    nowMs = NOW_MS + 300_001;
    await isRefused(delivery, /it is 301 s old, more than options\.toleranceMs allows/);
    nowMs = NOW_MS - 300_001;
    await isRefused(delivery, /it is 301 s ahead of this clock/);
  });

  test("the_tolerance_is_the_callers", async () => {
    const delivery = deliver();
    nowMs = NOW_MS + 10_000;
    assert.ok(await taken(delivery, { toleranceMs: 10_000 }));
    await isRefused(delivery, /10 s old/, { secret: SECRET, toleranceMs: 9_999 });
    nowMs = NOW_MS;
    assert.ok(await taken(delivery, { toleranceMs: 0 }));
  });

  test("the_time_is_that_of_the_body_s_end_not_of_its_beginning", async () => {
    const { body, headers } = deliver();
    const slow = new ReadableStream(
      {
        pull(controller) {
          nowMs += 300_001;
          controller.enqueue(new TextEncoder().encode(body));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    await isRefused({ body: slow, headers }, /301 s old/);
  });
});

describe("a delivery that comes again", () => {
  test("it_is_refused_as_a_replay", async () => {
    const seen = new Map();
    const claim = async (id, ttlMs) => !seen.has(id) && Boolean(seen.set(id, ttlMs));
    const delivery = deliver({ id: "msg_7" });
    assert.equal((await verifyWebhook(delivery, { secret: SECRET, claim })).id, "evt_1");
    await isRefused(delivery, /msg_7 was delivered before: a replay/, { secret: SECRET, claim });
    assert.deepEqual([...seen], [["msg_7", 600_000]]);
    assert.equal(
      (await verifyWebhook(deliver({ id: "msg_8" }), { secret: SECRET, claim, toleranceMs: 1_000 })).id,
      "evt_1",
    );
    assert.equal(seen.get("msg_8"), 2_000);
  });

  test("only_genuine_events_are_claimed", async () => {
    const claim = () => assert.fail("claimed");
    const options = { secret: SECRET, claim };
    await isRefused(withHeader(deliver(), "webhook-id", "msg_2"), /none that fits/, options);
    await isRefused(deliver({ timestamp: String(nowS() - 400) }), /old/, options);
    assert.equal((await refusal(deliver({ body: "{}" }), options)).code, "invalid_response");
  });

  test("where_the_id_is_not_signed_the_event_s_own_is_claimed", async () => {
    for (const signedContent of ["timestamp.body", "body"]) {
      const scheme = { ...STANDARD, signedContent };
      const claimed = [];
      const delivery = withHeader(deliver({ scheme }), "webhook-id", "msg_of_an_attacker");
      await verifyWebhook(delivery, { secret: SECRET, scheme, claim: async (...asked) => claimed.push(asked) > 0 });
      // Without a time in it a delivery never grows old.
      assert.deepEqual(claimed, [["evt_1", signedContent === "body" ? 365 * 86_400_000 : 600_000]]);
    }
  });

  test("a_claim_that_fails_rejects_with_its_own_error", async () => {
    const down = new Error("the store is down");
    const reject = (claim) =>
      assert.rejects(verifyWebhook(deliver(), { secret: SECRET, claim }), (error) => error === down);
    await reject(async () => {
      throw down;
    });
    await reject(() => {
      throw down;
    });
  });

  test("a_claim_that_answers_neither_true_nor_false_is_a_type_error", async () => {
    for (const answer of [undefined, null, 1, "true", {}]) {
      const verified = verifyWebhook(deliver(), { secret: SECRET, claim: async () => answer });
      await assert.rejects(verified, { name: "TypeError", message: /options\.claim answers must be true or false/ });
    }
  });

  test("claim_is_called_as_the_options_method", async () => {
    class Guard {
      secret = SECRET;
      #seen = new Set();
      claim(id) {
        return !this.#seen.has(id) && Boolean(this.#seen.add(id));
      }
    }
    const guard = new Guard();
    const delivery = deliver();
    assert.equal((await verifyWebhook(delivery, guard)).id, "evt_1");
    await isRefused(delivery, /a replay/, guard);
  });
});

describe("a scheme of another kind", () => {
  const scheme = (signedContent, encoding, signaturePrefix, signatureHeader, timestampHeader = "", idHeader = "") => ({
    idHeader,
    timestampHeader,
    signatureHeader,
    signedContent,
    encoding,
    signaturePrefix,
  });
  const SCHEMES = {
    over_the_body: scheme("body", "hex", "sha256=", "X-Hub-Signature-256"),
    over_time_and_body: scheme("timestamp.body", "hex", "v0=", "X-Signature", "X-Time"),
    without_a_prefix: scheme("id.timestamp.body", "base64", "", "Rivya-Signature", "Rivya-Time", "Rivya-Id"),
  };
  for (const [name, scheme] of Object.entries(SCHEMES)) {
    test(`one_signed_${name}_is_genuine_and_forged_ones_are_not`, async () => {
      const options = { secret: SECRET, scheme };
      const genuine = deliver({ scheme });
      const signature = genuine.headers[scheme.signatureHeader];
      assert.equal((await verifyWebhook(genuine, options)).id, "evt_1");
      assert.equal((await verifyWebhook(requestOf(genuine), options)).id, "evt_1");
      for (const several of [
        `${scheme.signaturePrefix}AAAA,${signature}`,
        `${signature} x=y`,
        `other=1,  ${signature}`,
      ]) {
        assert.equal(
          (await verifyWebhook(withHeader(genuine, scheme.signatureHeader, several), options)).id,
          "evt_1",
          several,
        );
      }
      await isRefused({ ...genuine, body: `${genuine.body} ` }, /none that fits/, options);
      await isRefused(genuine, /is missing/);
    });
  }

  test("hex_is_read_in_either_case", async () => {
    const scheme = SCHEMES.over_the_body;
    const { body, headers } = deliver({ scheme });
    const upper = `sha256=${headers[scheme.signatureHeader].slice("sha256=".length).toUpperCase()}`;
    assert.equal(
      (await verifyWebhook({ body, headers: { [scheme.signatureHeader]: upper } }, { secret: SECRET, scheme })).id,
      "evt_1",
    );
  });

  test("without_a_signed_time_a_delivery_does_not_grow_old", async () => {
    const scheme = { ...STANDARD, signedContent: "body" };
    const delivery = withHeader(deliver({ scheme }), "webhook-timestamp", "5");
    assert.equal((await verifyWebhook(delivery, { secret: SECRET, scheme, toleranceMs: 0 })).id, "evt_1");
  });
});

describe("wrong options", () => {
  const wrong = (delivery, options, message) =>
    assert.rejects(verifyWebhook(delivery, options), { name: "TypeError", message });

  test("each_is_a_type_error_that_names_its_path", async () => {
    const scheme = (more) => ({ secret: SECRET, scheme: { ...STANDARD, ...more } });
    for (const [options, message] of [
      [undefined, /options\.secret/],
      [null, /options\.secret/],
      ["whsec_AAAA", /options must be an object/],
      [{}, /options\.secret must be a string/],
      [{ secret: SECRET, toleranceMs: -1 }, /options\.toleranceMs must be a number of at least 0, not -1/],
      [{ secret: SECRET, toleranceMs: "300" }, /options\.toleranceMs/],
      [{ secret: SECRET, toleranceMs: Infinity }, /options\.toleranceMs/],
      [{ secret: SECRET, claim: true }, /options\.claim must be a function/],
      [{ secret: SECRET, scheme: "standard" }, /options\.scheme must be an object/],
      [{ secret: SECRET, scheme: {} }, /options\.scheme\.idHeader must be a string/],
      [scheme({ signedContent: "body.id" }), /options\.scheme\.signedContent must be one of/],
      [scheme({ encoding: "base64url" }), /options\.scheme\.encoding must be one of/],
      [scheme({ signaturePrefix: "v1 " }), /options\.scheme\.signaturePrefix must be text without blanks/],
      [scheme({ signatureHeader: "" }), /options\.scheme\.signatureHeader must be the name of a header/],
      [scheme({ idHeader: "a b" }), /options\.scheme\.idHeader must be the name of a header/],
      [scheme({ timestampHeader: "ü" }), /options\.scheme\.timestampHeader must be the name of a header/],
    ]) {
      await wrong(deliver(), options, message);
    }
  });

  test("an_empty_or_a_short_secret_is_refused_and_no_secret_is_told", async () => {
    const long = "s".repeat(2_000);
    const number = 4_711_471_147;
    const lists = [
      [],
      [""],
      [SECRET, ""],
      [SECRET, "whsec_"],
      [SECRET, "sss"],
      [SECRET, number],
      [long],
      Array(101).fill(SECRET),
    ];
    for (const secret of [
      "",
      "whsec_",
      "sss".repeat(5),
      "whsec_c3Nzc3Nzc3Nzc3Nzc3Nz",
      number,
      BigInt(number),
      { secret: SECRET },
      long,
      new String(SECRET),
      ...lists,
    ]) {
      const error = await verifyWebhook(deliver(), { secret }).catch((reason) => reason);
      assert.ok(error instanceof TypeError, String(error));
      assert.match(error.message, /^options\.secret must/);
      assert.ok(!/4711471147|MfKQ|sss/.test(error.message), error.message);
    }
  });

  test("a_wrong_delivery_is_a_type_error_that_names_its_path", async () => {
    const { body, headers } = deliver();
    for (const [delivery, message] of [
      [undefined, /delivery\.headers must be an object, not undefined/],
      ["x", /delivery must be an object/],
      [{ body }, /delivery\.headers must be an object/],
      [{ body, headers: [["webhook-id", "x"]] }, /delivery\.headers must be an object, not an array/],
      [
        { body, headers: { ...headers, "webhook-id": ["msg_1"] } },
        /delivery\.headers\["webhook-id"\] must be a string, not an array/,
      ],
      [{ headers }, /delivery\.body must be a string, a Uint8Array/],
      [{ body: 5, headers }, /delivery\.body/],
      [{ body: new ArrayBuffer(8), headers }, /delivery\.body/],
      [{ body: new Uint16Array(8), headers }, /delivery\.body/],
      [{ body: new ReadableStream({ pull: (controller) => controller.enqueue("text") }), headers }, /delivery\.body/],
    ]) {
      await wrong(delivery, { secret: SECRET }, message);
    }
  });
});
