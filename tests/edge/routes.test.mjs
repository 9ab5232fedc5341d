/**
 * What reaches the API: the routes of the map and nothing else, with headers of ours and none of a caller's, and what
 * comes back from it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProxy } from "rivya-wasm/edge";
import {
  answer,
  API_KEY,
  BASE,
  form,
  recordingApi,
  SECRETS,
  startProxy,
  submission,
  UPSTREAM,
} from "../support/edge.mjs";

const OURS = ["accept", "authorization", "content-type", "idempotency-key", "x-rivya-client"];

describe("the map of routes", () => {
  test("each_route_leads_to_its_own_place_at_the_api_and_no_query_goes_along", async () => {
    const { ask, api, submit, upload } = startProxy({ authorize: () => ({ id: "ann", credits: true }) });
    const submitted = await submit();
    const uploaded = await upload();
    for (const path of [
      `/generations/${submitted.json.id}`,
      `/files/${uploaded.json.id}`,
      "/models?limit=1&x=/../credits",
      "/credits?",
    ])
      assert.equal((await ask(path)).status, 200, path);
    assert.deepEqual(
      api.calls.map(({ method, url }) => `${method} ${url.replace(UPSTREAM, "")}`),
      [
        "POST /generations",
        "POST /files",
        "GET /generations/task_1",
        "GET /files/file_2",
        "GET /models",
        "GET /credits",
      ],
    );
  });

  test("another_route_is_not_found_and_another_method_not_allowed_and_neither_is_sent", async () => {
    const { ask, api } = startProxy();
    const headers = { "X-Rivya-Client": "test" };
    for (const path of [
      "",
      "/",
      "/webhooks",
      "/chat/completions",
      "/openapi.json",
      "/generations/x/y",
      "/generations/x/results",
      "/generations/x/results/01",
      "/files/x/content",
      "/models/x",
      "/MODELS",
    ]) {
      for (const method of ["GET", "POST", "DELETE"])
        assert.equal((await ask(path, { method, headers })).status, 404, `${method} ${path}`);
    }
    const allowed = {
      "/models": "GET",
      "/credits": "GET",
      "/generations/x": "GET",
      "/files/x": "GET",
      "/generations/x/results/0": "GET",
      "/generations": "POST",
      "/files": "POST",
    };
    for (const [path, allow] of Object.entries(allowed)) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"]) {
        if (method === allow) continue;
        const { status, headers: answered } = await ask(path, { method, headers });
        assert.deepEqual([status, answered.get("allow")], [405, allow], `${method} ${path}`);
      }
    }
    assert.deepEqual(api.calls, []);
  });

  test("no_trick_in_a_path_leads_out_of_the_map", async () => {
    const { ask, api } = startProxy();
    const tricks = [
      "/../../v1/credits",
      "/generations/../credits",
      "/generations/..",
      "/generations/%2e%2e",
      "/generations/%2e%2e%2fcredits",
      "/generations/..%2fcredits",
      "/generations/..%5ccredits",
      "/generations/%252e%252e%252fcredits",
      "//credits",
      "/generations//",
      "/generations//credits",
      "/%63redits",
      "/credits/",
      "/credits%2f",
      "/credits%3f",
      "/credits%00",
      "/credits;x=1",
      "/generations%2f..%2fcredits",
      "/generations/x/..;/credits",
      "/generations/.",
      "/generations/%2f",
      "/generations/%",
      "/generations/%zz",
      "/generations/%ff",
      "/files/http://evil.test/",
      "/files/@evil.test",
      "/generations?/../credits",
      "/generations/x?/credits",
      "/.%2e/credits",
      "/%2e./v1/credits",
      "/\\credits",
      "/generations\\..\\credits",
    ];
    for (const path of tricks) {
      const { status } = await ask(path);
      assert.ok([403, 404, 405].includes(status), `${path}: ${status}`);
    }
    assert.deepEqual(
      api.calls.map(({ url }) => url),
      [],
    );
  });

  test("behind_an_id_of_ones_own_nothing_else_may_stand", async () => {
    const { ask, proxy, api } = startProxy();
    const [task, file] = [await proxy.bindId("task", "task_1", "ann"), await proxy.bindId("file", "file_1", "ann")];
    for (const rest of [
      "/",
      "//",
      "/credits",
      "/..",
      "/../credits",
      "/results",
      "/results/",
      "/results/00",
      "/results/0/",
      "/results/0/1",
      "/results/-1",
      "/results/x",
      "%2f",
      "%2f..%2fcredits",
      "%5c",
      "%00",
      ";x",
    ]) {
      for (const path of [`/generations/${task}${rest}`, `/files/${file}${rest}`])
        assert.equal((await ask(path)).status, 404, path);
    }
    assert.deepEqual(api.calls, []);
  });

  test("a_handler_that_is_given_a_path_as_it_was_sent_matches_it_undecoded", async () => {
    // Requests normalise their URL; a server's own request may not.
    const { proxy, api } = startProxy({ authorize: () => "ann" });
    for (const path of [
      "/x/../models",
      "/./models",
      "/../rivya/models",
      "/%6dodels",
      "//models",
      "/models/..",
      "/generations/../models",
    ]) {
      const request = { url: BASE + path, method: "GET", headers: new Headers(), body: null };
      assert.ok([404, 405].includes((await proxy.fetch(request)).status), path);
    }
    assert.deepEqual(api.calls, []);
  });

  test("the_base_path_may_be_another_or_none_and_what_only_begins_like_it_is_not_below_it", async () => {
    for (const [basePath, found, missed] of [
      ["", "/models", "/api/rivya/models"],
      ["/v2", "/v2/models", "/v22/models"],
    ]) {
      const { send } = startProxy({ basePath, authorize: () => "ann" });
      assert.equal((await send(new Request(`https://shop.test${found}`))).status, 200);
      assert.equal((await send(new Request(`https://shop.test${missed}`))).status, 404);
    }
  });
});

describe("what goes out", () => {
  const HOSTILE = {
    Authorization: "Bearer of-the-caller",
    Cookie: "session=1",
    Host: "evil.test",
    Origin: "https://shop.test",
    Referer: "https://shop.test/",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "evil.test",
    Forwarded: "for=127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "X-HTTP-Method-Override": "DELETE",
    "X-Original-URL": "/api/v1/credits",
    Connection: "close, authorization",
    "Keep-Alive": "timeout=5",
    "Proxy-Authorization": "Basic x",
    TE: "trailers",
    Trailer: "X-Evil",
    Upgrade: "h2c",
    "Accept-Encoding": "br",
    "User-Agent": "evil",
    Range: "bytes=0-1",
    "If-None-Match": "*",
    "Sec-Fetch-Site": "same-origin",
    Expect: "100-continue",
  };

  test("no_header_of_a_callers_reaches_the_api_but_the_type_and_length_of_an_upload", async () => {
    const { ask, api, submit, upload } = startProxy();
    await ask("/models", { headers: HOSTILE });
    await submit({ headers: HOSTILE });
    await upload({ headers: HOSTILE });
    const [models, submitted, uploaded] = api.calls.map(({ headers }) => headers);
    const version = submitted["x-rivya-client"];
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(models, { accept: "application/json", authorization: `Bearer ${API_KEY}` });
    assert.deepEqual(Object.keys(submitted).sort(), OURS);
    assert.equal(submitted.authorization, `Bearer ${API_KEY}`);
    assert.deepEqual(uploaded, {
      accept: "application/json",
      authorization: `Bearer ${API_KEY}`,
      "content-type": "multipart/form-data; boundary=frontier",
      "x-rivya-client": version,
      "content-length": form().headers["Content-Length"],
    });
  });

  test("every_call_is_sent_so_that_no_redirect_is_followed_and_no_cache_answers", async () => {
    const { ask, api, submit, upload } = startProxy();
    await submit();
    await upload();
    await ask("/models");
    for (const { init, path } of api.calls) assert.equal(init.redirect, "manual", path);
    assert.equal(api.calls.at(-1).init.cache, "no-store");
  });

  test("a_key_goes_out_as_a_digest_that_no_two_callers_share_and_that_rotated_secrets_leave_alone", async () => {
    const keyOf = async (caller, key, options) => {
      const { api, submit } = startProxy(options);
      await submit({ key, headers: { "X-Caller": caller } });
      return api.calls[0].headers["idempotency-key"];
    };
    const first = await keyOf("ann", "key-1");
    assert.match(first, /^[\w-]{43}$/);
    assert.equal(
      await keyOf("ann", "key-1", {
        signingKey: ["another signing key of more than 32 bytes"],
        apiKey: "rvya_sk_rotated",
      }),
      first,
    );
    for (const other of [await keyOf("bob", "key-1"), await keyOf("ann", "key-2"), await keyOf("annk", "ey-1")])
      assert.notEqual(other, first);
  });

  test("a_submission_without_a_key_or_with_an_endless_one_is_refused", async () => {
    const { api, submit } = startProxy();
    for (const key of [null, "", "x".repeat(1_001)]) {
      const { status, json } = await submit({ key });
      assert.deepEqual([status, json.error.code], [400, "validation_failed"]);
    }
    assert.deepEqual(api.calls, []);
  });

  test("a_service_binding_is_called_as_its_own_method", async () => {
    const api = recordingApi();
    const binding = {
      fetch(url, init) {
        assert.equal(this, binding);
        return api.fetch(url, init);
      },
    };
    assert.equal((await startProxy({ fetch: binding }).ask("/models")).status, 200);
    assert.equal(api.calls.length, 1);
  });
});

describe("what comes back", () => {
  const LOUD = {
    "Set-Cookie": "session=of-the-api",
    "Access-Control-Allow-Origin": "*",
    "X-Request-Id": "req_1",
    Server: "api",
    Location: "https://evil.test/",
    Connection: "keep-alive, x-evil",
    "Keep-Alive": "timeout=5",
    "Content-Encoding": "identity",
    "Strict-Transport-Security": "max-age=1",
    "Clear-Site-Data": '"*"',
    Link: "<https://evil.test/>; rel=preload",
    Refresh: "0; url=https://evil.test/",
    "Content-Security-Policy": "default-src *",
    "Cache-Control": "public, max-age=9",
    ETag: "x",
    "Retry-After": "7",
    "Content-Type": "application/problem+json; charset=utf-8",
  };
  const EXPECTED = {
    "cache-control": "no-store",
    "content-type": "application/json",
    "retry-after": "7",
    vary: "Origin",
    "x-content-type-options": "nosniff",
  };

  test("of_the_apis_headers_only_the_pause_that_it_asks_for_comes_back", async () => {
    for (const status of [200, 400, 429, 503]) {
      const { ask } = startProxy({ api: recordingApi(() => answer(status, { object: "list" }, LOUD)) });
      const { status: answered, headers } = await ask("/models");
      assert.equal(answered, status);
      assert.deepEqual(Object.fromEntries(headers), EXPECTED);
    }
  });

  test("a_pause_that_is_neither_seconds_nor_a_date_is_left_out", async () => {
    for (const [given, expected] of [
      ["Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"],
      ["120", "120"],
      ["1.5", "1.5"],
      ["5, 7", "5, 7"],
      ["5; 7", null],
      [`${API_KEY}`, null],
      ["<script>", null],
    ]) {
      const { ask } = startProxy({
        api: recordingApi(() => answer(429, { error: { code: "rate_limited" } }, { "Retry-After": given })),
      });
      assert.equal((await ask("/models")).headers.get("retry-after"), expected, given);
    }
  });

  test("only_the_id_of_an_answer_changes_and_everything_else_is_kept_to_the_byte", async () => {
    const text = '{ "id":"task_1","new":{"id":"task_1","n":12345678901234567890,"e":1E5},"status":"queued" }';
    const { submit } = startProxy({
      api: recordingApi(() => new Response(text, { status: 202, headers: { "Content-Type": "application/json" } })),
    });
    const { status, text: answered } = await submit();
    assert.equal(status, 202);
    assert.match(answered, /"id":"task_1\.[\w-]{22}"/);
    assert.equal(answered.replace(/\.[\w-]{22}"/, '"'), text);
  });

  test("the_balance_is_for_callers_marked_so_alone", async () => {
    for (const [caller, expected] of [
      ["ann", 403],
      [{ id: "ann" }, 403],
      [{ id: "ann", credits: 1 }, 403],
      [{ id: "ann", credits: "true" }, 403],
      [{ id: "ann", credits: true }, 200],
    ]) {
      const { ask, api } = startProxy({ authorize: () => caller });
      assert.equal((await ask("/credits")).status, expected, JSON.stringify(caller));
      assert.equal(api.calls.length, expected === 200 ? 1 : 0);
    }
  });
});

test("options_by_env_are_read_once_for_each_env_and_only_there", async () => {
  const api = recordingApi();
  const read = [];
  const { fetch } = createProxy((env) => {
    read.push(env);
    return { apiKey: env.key, signingKey: SECRETS[1], authorize: () => "ann", upstream: UPSTREAM, fetch: api.fetch };
  });
  const [one, other] = [{ key: "rvya_sk_one" }, { key: "rvya_sk_other" }];
  await Promise.all([fetch(new Request(`${BASE}/models`), one), fetch(new Request(`${BASE}/models`), one)]);
  await fetch(new Request(`${BASE}/models`), one);
  await fetch(new Request(`${BASE}/models`), other);
  assert.deepEqual(read, [one, other]);
  assert.deepEqual(
    api.calls.map(({ headers }) => headers.authorization),
    ["rvya_sk_one", "rvya_sk_one", "rvya_sk_one", "rvya_sk_other"].map((key) => `Bearer ${key}`),
  );
});

test("a_submission_is_sent_as_it_was_parsed", async () => {
  const { api, send } = startProxy();
  const text = ' {"model" : "z-image","prompt":"\\u0061 hill", "params":{"n":1.50}} ';
  await send(new Request(`${BASE}/generations`, submission({ body: text, headers: { "X-Caller": "ann" } })));
  assert.equal(api.calls[0].body, '{"model":"z-image","prompt":"a hill","params":{"n":1.50}}');
});
