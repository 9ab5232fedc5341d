/**
 * Keys of one proxy, one client, one webhook: cut out of what each of them says, and of nothing that belongs to others.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { createProxy, verifyWebhook } from "rivya-wasm/edge";
import { answer, captureErrors, recordingApi, refusal, startProxy } from "../support/edge.mjs";
import { API, createFakeApi } from "../support/fake-api.mjs";

/** No pattern knows it. */
const ODD_KEY = "a-key-of-another-form/with+signs";
const OTHER_KEY = "another-key-of-another-form";
const PROXY = { signingKey: "a signing key of 32 bytes or more, of its own", authorize: () => "ann" };
const shownOf = (error) => `${error.message}\n${error.stack}\n${JSON.stringify(error)}`;
const failure = (promise) =>
  promise.then(
    () => assert.fail("it did not reject"),
    (error) => error,
  );

describe("an answer", () => {
  const DATA = {
    id: "task_1",
    status: "succeeded",
    prompt: `whsec_x, rvya_sk_y and ${OTHER_KEY}`,
    result: { urls: ["https://media.invalid/whsec_x.png?token=rvya_sk_z", `https://media.invalid/${OTHER_KEY}.png`] },
  };

  test("reaches_its_caller_with_all_that_only_looks_like_a_key_or_is_another_proxys", async () => {
    createProxy({ ...PROXY, apiKey: OTHER_KEY });
    const { ask, submit, proxy } = startProxy({ fetch: async () => answer(200, DATA) });
    const id = await proxy.bindId("task", "task_1", "ann");
    for (const answered of [await submit(), await ask(`/generations/${id}`), await ask(`/generations/${id}`)]) {
      assert.deepEqual(answered.json, { ...DATA, id });
    }
    assert.deepEqual((await ask("/models")).json, DATA);
  });

  test("holds_none_of_its_own_proxys_keys_however_json_writes_them", async () => {
    const signingKey = [
      'a "quoted" signing key\\with a backslash, 32 bytes',
      "an older one: ключ, of 32 bytes and more",
    ];
    const echoed = [ODD_KEY, ...signingKey];
    const [slashed, inUrl] = [ODD_KEY.replaceAll("/", "\\/"), encodeURIComponent(ODD_KEY)];
    const text = `{"id":"task_1","a":${JSON.stringify(echoed)},"b":"${slashed}","c":"?key=${inUrl}"}`;
    for (const status of [200, 400, 500]) {
      const fetch = async () => new Response(text, { status, headers: { "Content-Type": "application/json" } });
      const { ask } = startProxy({ apiKey: ODD_KEY, signingKey, fetch });
      const { json } = await ask("/models");
      assert.deepEqual([json.a, json.b, json.c], [["…", "…", "…"], "…", "?key=…"]);
    }
  });

  test("holds_none_though_json_escapes_all_punctuation", async () => {
    for (const hex of [(code) => code, (code) => code.toUpperCase()]) {
      const key = ODD_KEY.replace(/[/+]/g, (sign) => `\\u00${hex(sign.charCodeAt(0).toString(16))}`);
      const text = `{"id":"task_1","error":{"code":"api_key_invalid","message":"Bad key ${key} for task_9."}}`;
      for (const status of [200, 401]) {
        const fetch = async () => new Response(text, { status, headers: { "Content-Type": "application/json" } });
        const { ask } = startProxy({ apiKey: ODD_KEY, fetch });
        const { json } = await ask("/models");
        assert.equal(json.error.message, status === 200 ? "Bad key … for task_9." : "Bad key … for ….");
      }
    }
  });

  test("costs_no_more_after_ten_thousand_other_keys", async () => {
    const text = JSON.stringify({ data: "x".repeat(100_000) });
    const { ask } = startProxy({
      fetch: async () => new Response(text, { headers: { "Content-Type": "application/json" } }),
    });
    // The time of this process, not of the clock: others share the machine.
    const cost = async () => {
      const before = process.cpuUsage();
      for (let times = 0; times < 100; times += 1) await ask("/models");
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await cost();
    const alone = await cost();
    for (let index = 0; index < 10_000; index += 1) createProxy({ ...PROXY, apiKey: `key-number-${index}-of-many` });
    await cost();
    const among = await cost();
    assert.ok(among < 4 * alone, `${among} µs after ${alone} µs`);
  });
});

describe("an error of the API", () => {
  /** Asks for ann's task_1 and file_1, and gives the answers; `message` is what the API says. */
  async function told(status, message) {
    const api = recordingApi(() => answer(status, { error: { code: "not_found", message, requestId: "req_1" } }));
    const { ask, proxy, submit, upload } = startProxy({ api });
    const [task, file] = [await proxy.bindId("task", "task_1", "ann"), await proxy.bindId("file", "file_1", "ann")];
    const answers = [
      await ask(`/generations/${task}`),
      await ask(`/generations/${task}/results/0`),
      await ask(`/files/${file}`),
      await submit(),
      await upload(),
    ];
    for (const each of answers)
      assert.deepEqual([each.status, each.json.error.code, each.json.error.requestId], [status, "not_found", "req_1"]);
    return { task, file, messages: answers.map(({ json }) => json.error.message) };
  }

  test("names_what_was_asked_for_by_the_callers_own_id", async () => {
    for (const status of [400, 404, 409, 500]) {
      const { task, messages } = await told(status, "There is no task task_1.");
      assert.deepEqual(messages.slice(0, 2), Array(2).fill(`There is no task ${task}.`));
      assert.deepEqual(messages.slice(2), Array(3).fill("There is no task …."));
    }
  });

  test("names_no_other_task_or_file_of_the_apis", async () => {
    const ids = [
      "task_2",
      "task_somebody_elses",
      "file_9f2c",
      "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
      "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ];
    for (const id of ids) {
      const { messages } = await told(409, `The key was used for ${id} (see /generations/${id}).`);
      for (const message of messages) assert.equal(message, "The key was used for … (see /generations/…).");
    }
  });

  test("says_all_else_as_the_api_does", async () => {
    const message = 'nano-banana-2: params.aspect_ratio "16:10" is not one of 1:1, 16:9; at most 15728640 bytes';
    for (const each of (await told(400, message)).messages) assert.equal(each, message);
  });

  test("that_is_no_json_though_it_says_so_is_its_status_alone", async () => {
    for (const text of ["", "<p>task_1", "{", '{"error":']) {
      const { ask } = startProxy({
        fetch: async () => new Response(text, { status: 520, headers: { "Content-Type": "application/json" } }),
      });
      const { status, json } = await ask("/models");
      assert.deepEqual([status, json?.error?.code], [520, "http_520"], text);
    }
  });

  test("in_a_task_that_failed_names_it_by_the_callers_own_id", async () => {
    const failed = {
      id: "task_1",
      status: "failed",
      error: { code: "generation_failed", message: "task_1 failed, as task_2 did." },
    };
    const { ask, proxy } = startProxy({ fetch: async () => answer(200, failed) });
    const id = await proxy.bindId("task", "task_1", "ann");
    const { json } = await ask(`/generations/${id}`);
    assert.deepEqual(json, { ...failed, id, error: { ...failed.error, message: `${id} failed, as … did.` } });
  });
});

describe("a client", () => {
  const echo = {
    status: 401,
    json: { error: { code: `bad ${ODD_KEY}`, message: `${ODD_KEY} and ${OTHER_KEY}`, requestId: ODD_KEY } },
  };
  const connect = (apiKey, behave) => {
    const api = createFakeApi(behave);
    return createClient({ baseUrl: API, apiKey, fetch: api.fetch, downloadFetch: api.fetch, maxRetries: 0 });
  };

  test("shows_its_key_in_no_error_and_another_clients_as_it_came", async () => {
    const clients = [await connect(ODD_KEY, () => echo), await connect(OTHER_KEY, () => echo)];
    const ways = [
      (client) => client.credits.retrieve(),
      (client) => client.generate({ model: "z-image", prompt: "x" }),
      (client) => client.generations.wait("task_1"),
      (client) => client.generations.watch("task_1").next(),
    ];
    for (const way of ways) {
      const [error, others] = [await failure(way(clients[0])), await failure(way(clients[1]))];
      assert.deepEqual(
        [error.status, error.code, error.message, error.requestId],
        [401, "bad …", `… and ${OTHER_KEY}`, "…"],
      );
      assert.ok(!shownOf(error).includes(ODD_KEY), shownOf(error));
      assert.equal(others.message, `${ODD_KEY} and …`);
      assert.ok(error.stack.includes("… and"), "it has its place still");
    }
    for (const client of clients) client.free();
  });

  test("shows_its_key_in_no_error_of_the_network_of_a_generation_or_of_an_answer_that_is_none", async () => {
    const generation = {
      id: "task_1",
      status: "failed",
      error: { code: "generation_failed", message: `with ${ODD_KEY}` },
    };
    for (const [behave, code, call] of [
      [() => ({ json: generation }), "generation_failed", (client) => client.generations.wait("task_1")],
      [() => ({ text: `<p>${ODD_KEY}` }), "invalid_response", (client) => client.generations.retrieve("task_1")],
    ]) {
      const client = await connect(ODD_KEY, behave);
      const error = await failure(call(client));
      assert.equal(error.code, code);
      assert.ok(!`${error.message}${error.stack}`.includes(ODD_KEY), error.stack);
      if (code === "generation_failed") assert.deepEqual(error.generation, generation, "what the API gave is data");
      client.free();
    }
    const fetch = () => Promise.reject(new TypeError(`can't connect with ${ODD_KEY}`));
    const client = await createClient({ baseUrl: API, apiKey: ODD_KEY, fetch, maxRetries: 0 });
    const error = await failure(client.credits.retrieve());
    assert.deepEqual([error.code, shownOf(error).includes(ODD_KEY)], ["network_error", false]);
    client.free();
  });

  test("shows_its_key_in_no_type_error_wherever_it_was_pasted", async () => {
    const wrong = {
      baseUrl: `x:${ODD_KEY}`,
      maxRetries: ODD_KEY,
      credentials: ODD_KEY,
      store: ODD_KEY,
      fetch: ODD_KEY,
    };
    for (const [name, value] of Object.entries(wrong)) {
      const error = await failure(createClient({ apiKey: ODD_KEY, baseUrl: API, [name]: value }));
      assert.ok(error instanceof TypeError && error.message.includes(`options.${name}`), String(error));
      assert.ok(!shownOf(error).includes(ODD_KEY), error.stack);
    }
    const client = await connect(ODD_KEY);
    for (const call of [
      () => client.credits.retrieve({ timeoutMs: ODD_KEY }),
      () => client.generate({ model: "z-image", prompt: "x", fit: ODD_KEY }),
      () => client.generations.watch("task_1", { waitTimeoutMs: ODD_KEY }).next(),
    ]) {
      const error = await failure(call());
      assert.ok(error instanceof TypeError && /must be/.test(error.message), String(error));
      assert.ok(!shownOf(error).includes(ODD_KEY), error.stack);
    }
    const issues = client.validate({ model: "z-image", prompt: "x", params: { aspect_ratio: ODD_KEY } });
    assert.ok(issues.length > 0 && !JSON.stringify(issues).includes(ODD_KEY), JSON.stringify(issues));
    client.free();
  });

  test("leaves_a_callers_own_reason_to_abort_as_it_is", async () => {
    const reason = new TypeError(`given up: ${ODD_KEY}`);
    const client = await connect(ODD_KEY, () => "hang");
    const controller = new AbortController();
    const call = failure(client.credits.retrieve({ signal: controller.signal }));
    controller.abort(reason);
    assert.equal(await call, reason);
    client.free();
  });
});

describe("a proxy", () => {
  test("shows_its_keys_in_no_type_error_wherever_they_were_pasted", () => {
    const signingKey = "a signing key of an unusual form, pasted";
    for (const pasted of [ODD_KEY, signingKey]) {
      for (const name of ["upstream", "maxUploadBytes", "results", "limits", "authorize", "fetch"]) {
        assert.throws(
          () => createProxy({ ...PROXY, apiKey: ODD_KEY, signingKey, [name]: pasted }),
          (error) =>
            error instanceof TypeError &&
            error.message.includes(`options.${name}`) &&
            !shownOf(error).includes(pasted.slice(0, 30)),
          `${name}: ${pasted}`,
        );
      }
    }
  });

  test("logs_no_key_of_its_own", async (t) => {
    const lines = captureErrors(t);
    const leak = () => {
      throw new Error(`${ODD_KEY}, ${PROXY.signingKey} and ${OTHER_KEY}`);
    };
    const { ask } = startProxy({ ...PROXY, apiKey: ODD_KEY, authorize: leak });
    assert.equal((await ask("/models")).status, 500);
    assert.ok(
      lines[0].includes(OTHER_KEY) && !lines[0].includes(ODD_KEY) && !lines[0].includes(PROXY.signingKey),
      lines[0],
    );
  });
});

describe("a webhook's secret", () => {
  test("is_in_no_error_wherever_it_was_pasted", async () => {
    const secret = "a secret in words";
    const delivery = {
      headers: { "webhook-id": secret, "webhook-timestamp": "1", "webhook-signature": "v1,AAEC" },
      body: "{}",
    };
    const error = await failure(verifyWebhook(delivery, { secret }));
    assert.deepEqual([error.code, shownOf(error).includes(secret)], ["webhook_signature", false]);
    for (const options of [
      { toleranceMs: secret },
      { scheme: secret },
      { claim: secret },
      { scheme: { signedContent: secret } },
    ]) {
      const wrong = await failure(
        verifyWebhook(delivery, { secret: [secret, "an older secret in words"], ...options }),
      );
      assert.ok(wrong instanceof TypeError && !shownOf(wrong).includes(secret), wrong.stack);
    }
  });

  test("stays_in_what_claim_throws_which_is_the_callers_own", async () => {
    const { createHmac } = await import("node:crypto");
    const secret = "a secret in words";
    const body = JSON.stringify({ id: "evt_1", type: "x", created_at: "2026-05-11T00:00:00.000Z" });
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const scheme = {
      idHeader: "",
      timestampHeader: "",
      signatureHeader: "x-signature",
      signedContent: "body",
      encoding: "hex",
      signaturePrefix: "",
    };
    const own = new TypeError(`no such table: ${secret}`);
    const claim = () => Promise.reject(own);
    assert.equal(
      await failure(verifyWebhook({ headers: { "x-signature": signature }, body }, { secret, scheme, claim })),
      own,
    );
  });
});

test("a_refusal_in_the_envelope_of_the_api_is_heard_as_before", async () => {
  const { ask } = startProxy({ api: recordingApi(() => refusal(429, "rate_limited", { "Retry-After": "7" })) });
  const { status, json, headers } = await ask("/models");
  assert.deepEqual(
    [status, json, headers.get("retry-after")],
    [429, { error: { code: "rate_limited", message: "About rate_limited.", requestId: "req_1" } }, "7"],
  );
});
