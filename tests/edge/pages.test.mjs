/**
 * Which pages may call: those of the same origin and those that are listed, and a POST only with a header that no form
 * can send.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusal, recordingApi, SHOP, startProxy, submission } from "../support/edge.mjs";

const LISTED = "https://app.test";
const FOREIGN = [
  "https://evil.test",
  "null",
  "https://app.test.evil.test",
  "http://app.test",
  "https://app.test:444",
  "https://APP.test",
  "",
  "https://shop.test.evil.test",
  "http://shop.test",
  "*",
];
const corsOf = ({ headers }) => Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
const start = (options) => startProxy({ allowedOrigins: [LISTED], allowedHeaders: ["X-Session"], ...options });

describe("a page of another origin", () => {
  test("is_refused_with_a_POST_that_needs_no_preflight_and_with_one_that_does", async () => {
    const { ask, api } = start();
    for (const origin of FOREIGN) {
      for (const init of [submission(), submission({ headers: { "Content-Type": "text/plain" } }), { headers: {} }]) {
        const answered = await ask(init.method ? "/generations" : "/models", {
          ...init,
          headers: { ...init.headers, Origin: origin },
        });
        assert.deepEqual([answered.status, answered.json.error.code], [403, "origin_not_allowed"], origin);
        assert.deepEqual(corsOf(answered), {}, "an answer that the page may not read");
      }
    }
    assert.deepEqual(api.calls, []);
  });

  test("is_refused_where_the_browser_says_cross_site_without_an_origin", async () => {
    const { ask, api } = start();
    for (const path of ["/models", "/generations/x/results/0"])
      assert.equal((await ask(path, { headers: { "Sec-Fetch-Site": "cross-site" } })).status, 403);
    assert.deepEqual(api.calls, []);
  });

  test("learns_nothing_from_a_preflight", async () => {
    let asked = 0;
    const { ask } = start({ authorize: () => ((asked += 1), "ann") });
    for (const origin of FOREIGN) {
      const answered = await ask("/generations", {
        method: "OPTIONS",
        headers: {
          Origin: origin,
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "x-rivya-client",
        },
      });
      assert.equal(answered.status, 403);
      assert.deepEqual(corsOf(answered), {});
    }
    assert.equal(asked, 0);
  });
});

test("a_preflight_that_comes_from_no_page_is_none", async () => {
  const { ask } = start();
  for (const headers of [
    { "Access-Control-Request-Method": "POST" },
    { "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "none" },
  ]) {
    assert.equal((await ask("/generations", { method: "OPTIONS", headers })).status, 405);
  }
});

describe("a POST without the client's header", () => {
  test("is_refused_from_anywhere", async () => {
    const { ask, api } = start();
    for (const origin of [undefined, SHOP, LISTED]) {
      for (const path of ["/generations", "/files"]) {
        for (const type of [
          "application/json",
          "text/plain",
          "multipart/form-data; boundary=x",
          "application/x-www-form-urlencoded",
        ]) {
          const headers = { "Content-Type": type, "Idempotency-Key": "key-1", ...(origin && { Origin: origin }) };
          for (const client of [{}, { "X-Rivya-Client": "" }]) {
            const { status, json } = await ask(path, {
              method: "POST",
              body: "{}",
              headers: { ...headers, ...client },
            });
            assert.deepEqual([status, json.error.code], [403, "client_header_missing"], `${origin} ${type}`);
          }
        }
      }
    }
    assert.deepEqual(api.calls, []);
  });
});

describe("a page that may call", () => {
  test("of_the_same_origin_needs_no_cors_and_gets_none", async () => {
    const { ask, submit } = start();
    const answered = await submit({ headers: { Origin: SHOP, "Sec-Fetch-Site": "same-origin" } });
    assert.equal(answered.status, 202);
    assert.deepEqual(corsOf(answered), {});
    assert.equal((await ask("/models", { headers: { "Sec-Fetch-Site": "same-origin" } })).status, 200);
  });

  test("behind_a_server_that_ends_tls_calls_by_what_its_browser_says", async () => {
    const { send, api } = start({ authorize: () => "ann" });
    const from = (headers) =>
      send(
        new Request("http://shop.test/api/rivya/generations", submission({ headers: { Origin: SHOP, ...headers } })),
      );
    assert.equal((await from({ "Sec-Fetch-Site": "same-origin" })).status, 202);
    for (const site of ["same-site", "cross-site", "none"])
      assert.equal((await from({ "Sec-Fetch-Site": site })).status, 403, site);
    assert.equal(api.calls.length, 1);
  });

  test("of_a_listed_origin_is_named_back_with_its_session_and_never_by_a_wildcard", async () => {
    const { ask, submit } = start({
      api: recordingApi(({ path }) =>
        path === "/models" ? refusal(429, "rate_limited", { "Retry-After": "7" }) : undefined,
      ),
    });
    const expected = {
      "access-control-allow-origin": LISTED,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "Retry-After",
    };
    for (const answered of [
      await submit({ headers: { Origin: LISTED } }),
      await ask("/models", { headers: { Origin: LISTED } }),
      await ask("/nowhere", { headers: { Origin: LISTED } }),
    ]) {
      assert.deepEqual(corsOf(answered), expected, `status ${answered.status}`);
      assert.equal(answered.headers.get("vary"), "Origin");
    }
  });

  test("reads_every_refusal_of_the_proxy_too", async (t) => {
    t.mock.method(console, "error", () => {});
    const refusals = [
      [401, { authorize: () => null }],
      [500, { authorize: () => 7 }],
      [
        503,
        {
          limits: {
            requestsPerMinute: 1,
            budget: { take: () => Promise.reject(new Error("x")), settle: async () => {} },
          },
        },
      ],
      [502, { fetch: () => Promise.reject(new TypeError("fetch failed")) }],
    ];
    for (const [status, options] of refusals) {
      const answered = await start(options).ask("/models", { headers: { Origin: LISTED } });
      assert.equal(answered.status, status);
      assert.equal(answered.headers.get("access-control-allow-origin"), LISTED, `status ${status}`);
    }
  });

  test("of_a_listed_origin_gets_its_preflight_before_anybody_is_asked_who_it_is", async () => {
    const { ask, api } = start({ authorize: () => assert.fail("asked") });
    for (const [path, method] of [
      ["/generations", "POST"],
      ["/files", "POST"],
      ["/generations/x", "GET"],
      ["/generations/x/results/0", "GET"],
      ["/models", "GET"],
    ]) {
      const answered = await ask(path, {
        method: "OPTIONS",
        headers: {
          Origin: LISTED,
          "Access-Control-Request-Method": method,
          "Access-Control-Request-Headers": "x-evil",
        },
      });
      assert.equal(answered.status, 204);
      assert.equal(answered.headers.get("access-control-allow-origin"), LISTED);
      assert.equal(answered.headers.get("access-control-allow-methods"), "GET, POST");
      assert.equal(
        answered.headers.get("access-control-allow-headers"),
        "content-type, idempotency-key, x-rivya-client, X-Session",
      );
    }
    assert.equal(
      (
        await ask("/generations", {
          method: "OPTIONS",
          headers: { Origin: LISTED, "Access-Control-Request-Method": "DELETE" },
        })
      ).status,
      405,
    );
    assert.equal(
      (
        await ask("/nowhere", {
          method: "OPTIONS",
          headers: { Origin: LISTED, "Access-Control-Request-Method": "GET" },
        })
      ).status,
      404,
    );
    assert.deepEqual(api.calls, []);
  });
});
