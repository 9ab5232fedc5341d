/** Who calls, whatever `authorize` does, and whose an id is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { API_KEY, BASE, captureErrors, form, SIGNING_KEY, startProxy, submission } from "../support/edge.mjs";

const HOSTILE_ANSWERS = {
  undefined: () => undefined,
  true: () => true,
  number: () => 7,
  symbol: () => Symbol("ann"),
  empty_string: () => "",
  endless_string: () => "x".repeat(1_001),
  lone_surrogate: () => "ann\ud800",
  boxed_string: () => new String("ann"),
  array: () => ["ann"],
  empty_object: () => ({}),
  id_that_is_a_number: () => ({ id: 7 }),
  id_that_is_null: () => ({ id: null }),
  id_by_object: () => ({ id: { toString: () => "ann" } }),
  getter_that_throws: () => ({
    get id() {
      throw new Error("hostile");
    },
  }),
  proxy_that_answers_everything: () =>
    new Proxy(() => {}, { get: (_, name) => (name === "then" ? undefined : () => "ann") }),
  revoked_proxy: () => revoked(),
  function: () => () => "ann",
  response: () => new Response("ann"),
  thenable_that_throws: () => ({
    then() {
      throw new Error("hostile");
    },
  }),
  throws: () => {
    throw new Error(`no session, and ${API_KEY} beside ${SIGNING_KEY}`);
  },
  rejects: () => Promise.reject(new Error(`no session, and ${API_KEY} beside ${SIGNING_KEY}`)),
  throws_undefined: () => {
    throw undefined;
  },
  throws_a_revoked_proxy: () => {
    throw revoked();
  },
  throws_what_has_no_words: () => {
    throw {
      get stack() {
        throw new Error("hostile");
      },
      toString() {
        throw new Error("hostile");
      },
    };
  },
};

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe("authorize", () => {
  test("that_answers_null_refuses_and_nothing_is_sent_or_read", async () => {
    const { ask, api, submit } = startProxy({ authorize: async () => null });
    for (const answered of [await ask("/models"), await submit()]) {
      assert.deepEqual([answered.status, answered.json.error.code], [401, "unauthorized"]);
    }
    assert.deepEqual(api.calls, []);
  });

  for (const [name, authorize] of Object.entries(HOSTILE_ANSWERS)) {
    test(`that_gives_${name}_is_a_500_without_detail_and_nothing_is_sent`, async (t) => {
      const lines = captureErrors(t);
      const { ask, api, submit } = startProxy({ authorize });
      for (const answered of [await ask("/models"), await submit()]) {
        assert.equal(answered.status, 500);
        assert.deepEqual(answered.json, {
          error: { code: "internal_error", message: "The proxy failed.", requestId: null },
        });
      }
      assert.deepEqual(api.calls, []);
      assert.equal(lines.length, 2, "whoever runs the proxy is told");
      for (const line of lines) assert.ok(!line.includes(API_KEY) && !line.includes(SIGNING_KEY), line);
    });
  }

  test("that_never_answers_is_a_500_after_10_s_and_leaves_no_timer", async (t) => {
    const lines = captureErrors(t);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { ask, api } = startProxy({ authorize: () => new Promise(() => {}) });
    let answered;
    const asking = ask("/models").then((answer) => (answered = answer));
    await new Promise(setImmediate);
    t.mock.timers.tick(9_999);
    await new Promise(setImmediate);
    assert.equal(answered, undefined);
    t.mock.timers.tick(1);
    await asking;
    assert.equal(answered.status, 500);
    assert.ok(lines.some((line) => line.includes("authorize took longer than 10 s")));
    assert.deepEqual(api.calls, []);
  });

  test("sees_the_request_without_its_body_and_can_change_nothing_of_it", async () => {
    let seen;
    const { api, submit } = startProxy({
      authorize(request) {
        seen = { url: request.url, method: request.method, cookie: request.headers.get("cookie"), body: request.body };
        request.headers.set("idempotency-key", "another");
        request.headers.set("authorization", "another");
        return "ann";
      },
    });
    const plain = startProxy();
    await submit({ headers: { Cookie: "session=1" } });
    await plain.submit();
    assert.deepEqual(seen, { url: `${BASE}/generations`, method: "POST", cookie: "session=1", body: null });
    assert.deepEqual(api.calls[0].headers, plain.api.calls[0].headers);
  });

  test("is_called_as_a_method_of_the_options", async () => {
    class Options {
      apiKey = API_KEY;
      signingKey = SIGNING_KEY;
      #name = "ann";
      authorize() {
        return this.#name;
      }
    }
    const { createProxy } = await import("rivya-wasm/edge");
    const proxy = createProxy(Object.assign(new Options(), { fetch: async () => Response.json({}) }));
    assert.equal((await proxy.fetch(new Request(`${BASE}/models`))).status, 200);
  });
});

describe("an id", () => {
  const SWAPPED = { A: "B", a: "b" };
  const flipped = (text, index) => text.slice(0, index) + (SWAPPED[text[index]] ?? "A") + text.slice(index + 1);

  test("that_is_foreign_forged_truncated_or_raw_gets_one_and_the_same_answer_and_nothing_is_sent", async () => {
    const { ask, api, submit, upload, proxy } = startProxy();
    const task = (await submit()).json.id;
    const file = (await upload()).json.id;
    const foreign = (await submit({ headers: { "X-Caller": "bob" } })).json.id;
    const sentBefore = api.calls.length;
    const dot = task.lastIndexOf(".");
    const forged = [
      "task_missing",
      "task_1",
      "task_1.",
      "x",
      task.slice(0, -1),
      `${task}A`,
      task.slice(0, dot),
      `task_2${task.slice(dot)}`,
      ` ${task}`,
      `${task} `,
      `${task}.`,
      `${task}=`,
      task.toUpperCase(),
      flipped(task, task.length - 1),
      flipped(task, dot + 1),
      `${task.slice(0, dot)}.${"A".repeat(22)}`,
      `${task.slice(0, dot)}.${"é".repeat(11)}`,
      foreign,
      file,
      `${task}\0`,
      `x/${task}`,
      ".".repeat(23),
      "x".repeat(5_000),
      await proxy.bindId("task", "task_1", "an"),
      await proxy.bindId("task", "task_1", "ann "),
      await proxy.bindId("file", "task_1", "ann"),
    ];
    const answers = new Set();
    for (const id of forged) {
      for (const path of [
        `/generations/${encodeURIComponent(id)}`,
        `/generations/${encodeURIComponent(id)}/results/0`,
      ]) {
        const { status, text, headers } = await ask(path);
        answers.add(JSON.stringify([status, text, [...headers]]));
      }
    }
    const { status, text, headers } = await ask(`/files/${task}`);
    answers.add(JSON.stringify([status, text, [...headers]]));
    assert.equal(answers.size, 1, [...answers].join("\n"));
    assert.equal(status, 404);
    assert.equal(api.calls.length, sentBefore);
    assert.equal((await ask(`/generations/${task}`)).status, 200, "its own caller still reads it");
  });

  test("opens_by_its_whole_signature_alone", async () => {
    const { proxy } = startProxy();
    const bound = await proxy.bindId("task", "task_1", "ann");
    const bytes = Buffer.from(bound.slice(7), "base64url");
    assert.equal(bytes.length, 16);
    // Shorter ones would be found by trying.
    for (let length = 0; length < 16; length += 1) {
      assert.equal(
        await proxy.openId("task", `task_1.${bytes.subarray(0, length).toString("base64url")}`, "ann"),
        null,
        `${length} bytes`,
      );
    }
    assert.equal(
      await proxy.openId("task", `task_1.${Buffer.concat([bytes, bytes]).toString("base64url")}`, "ann"),
      null,
    );
  });

  test("is_no_others_though_caller_and_id_are_the_same_text_in_a_row", async () => {
    const { proxy } = startProxy();
    const signature = (await proxy.bindId("task", "abc", "ann")).slice(4);
    for (const [id, caller] of [
      ["bc", "anna"],
      ["nabc", "an"],
      ["c", "annab"],
    ])
      assert.equal(await proxy.openId("task", `${id}.${signature}`, caller), null, `${caller} ${id}`);
  });

  test("opens_with_any_of_the_signing_keys_and_is_signed_by_the_first", async () => {
    const [old, fresh] = ["an old signing key of 32 bytes or more", "a new signing key of 32 bytes or more"];
    const { proxy: before } = startProxy({ signingKey: old });
    const { proxy: during } = startProxy({ signingKey: [fresh, old] });
    const { proxy: after } = startProxy({ signingKey: [fresh] });
    const signed = await before.bindId("task", "task_1", "ann");
    assert.equal(await during.openId("task", signed, "ann"), "task_1");
    assert.equal(await after.openId("task", signed, "ann"), null);
    assert.equal(await after.openId("task", await during.bindId("task", "task_1", "ann"), "ann"), "task_1");
  });

  test("for_a_webhook_is_the_one_that_the_caller_sees", async () => {
    const { proxy, submit } = startProxy();
    const { id } = (await submit()).json;
    assert.equal(await proxy.bindId("task", "task_1", "ann"), id);
    assert.equal(await proxy.openId("task", id, "ann"), "task_1");
    for (const [kind, caller] of [
      ["file", "ann"],
      ["task", "bob"],
    ])
      assert.equal(await proxy.openId(kind, id, caller), null);
    for (const wrong of [
      ["job", id, "ann"],
      ["task", 7, "ann"],
      ["task", id, ""],
      ["task", id],
      ["task", id, "ann\ud800"],
      ["task", "\udc00", "ann"],
    ]) {
      await assert.rejects(proxy.openId(...wrong), TypeError);
      await assert.rejects(proxy.bindId(...wrong), TypeError);
    }
  });

  test("that_would_lead_elsewhere_is_sent_nowhere_even_if_it_was_bound", async () => {
    const { proxy, ask, api } = startProxy();
    for (const id of [".", "..", "../credits", "a/b", "/", "a\\b", "\\"]) {
      for (const [kind, route] of [
        ["task", "generations"],
        ["file", "files"],
      ]) {
        const bound = await proxy.bindId(kind, id, "ann");
        assert.equal((await ask(`/${route}/${encodeURIComponent(bound)}`)).status, 404, id);
      }
    }
    assert.deepEqual(api.calls, []);
    for (const id of ["a?b", "a#b", "a%2fb", "%2e%2e", "a b", "é"]) {
      const bound = await proxy.bindId("task", id, "ann");
      assert.equal((await ask(`/generations/${encodeURIComponent(bound)}`)).status, 200);
      assert.equal(api.calls.at(-1).path, `/generations/${encodeURIComponent(id)}`);
      const file = await proxy.bindId("file", id, "ann");
      const answered = await ask(`/files/${encodeURIComponent(file)}`);
      assert.deepEqual(
        [answered.status, answered.json.id],
        [200, file],
        "a file is read under the id that it was uploaded under",
      );
      assert.equal(api.calls.at(-1).path, `/files/${encodeURIComponent(id)}`);
    }
    assert.equal(api.calls.length, 12);
  });

  test("of_the_api_that_comes_twice_is_shown_raw_in_neither_place", async () => {
    const { submit } = startProxy({
      fetch: async () =>
        new Response('{"id":"task_1","status":"queued","\\u0069d":"task_2"}', {
          headers: { "Content-Type": "application/json" },
        }),
    });
    const { text } = await submit();
    assert.match(text, /^\{"id":"task_1\.[\w-]{22}","status":"queued","\\u0069d":"task_2\.[\w-]{22}"\}$/);
  });

  test("of_the_api_that_is_no_text_leads_nowhere", async () => {
    for (const id of [7, null, {}, ["task_1"]]) {
      const { submit } = startProxy({ fetch: async () => Response.json({ id, status: "queued" }) });
      assert.equal((await submit()).json.id, null);
    }
  });
});

test("a_handler_that_is_given_nonsense_answers_500_and_never_rejects", async (t) => {
  captureErrors(t);
  const { proxy } = startProxy();
  for (const request of [
    undefined,
    null,
    7,
    "https://shop.test/",
    {},
    { headers: {} },
    { url: `${BASE}/models`, method: "GET", headers: new Map() },
    revoked(),
  ]) {
    assert.ok([401, 404, 500].includes((await proxy.fetch(request)).status));
  }
  const { fetch } = proxy;
  assert.equal(
    (await fetch(new Request(`${BASE}/generations`, submission({ headers: { "X-Caller": "ann" } })))).status,
    202,
    "bound",
  );
  assert.equal((await fetch(new Request(`${BASE}/files`, form({ headers: { "X-Caller": "ann" } })))).status, 201);
});
