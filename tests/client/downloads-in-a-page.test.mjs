/** Where a page may not read a result where it lies, its proxy's results route is asked; but not by who holds a key. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createProxy } from "rivya-wasm/edge";
import { tinyPng } from "../support/tiny-png.mjs";
import { API, clock, connect, createClient, createFakeApi, failureOf, generation, refusal, value } from "./harness.mjs";

const RESULT = generation("succeeded");
const [URL_OF_RESULT] = RESULT.result.urls;
const ROUTE = `/generations/${RESULT.id}/results/0`;
const GIF = new TextEncoder().encode("GIF89a from the proxy");
const SERVED = { bytes: GIF, headers: { "Content-Type": "image/gif" } };
const PAGE = { text: "<!doctype html><title>Log in</title>", headers: { "Content-Type": "text/html" } };
/** What the proxy of this package says of a result that is no longer there. */
const GONE = {
  status: 404,
  json: {
    error: {
      code: "not_found",
      message: "There is no such result, or no longer.",
      resource: "result",
      requestId: null,
    },
  },
};

describe("in a page", () => {
  before(() => {
    globalThis.document = {};
  });
  after(() => delete globalThis.document);

  /**
   * What is downloaded, and what was asked for, in order. `behave` is told of each call with how often its path was
   * asked before.
   */
  async function download(behave, options) {
    const seen = new Map();
    const api = createFakeApi((call) => {
      const times = seen.get(call.path) ?? 0;
      seen.set(call.path, times + 1);
      return behave(call.path, times);
    });
    // No key: a proxy has it.
    const client = await createClient({ baseUrl: API, fetch: api.fetch, downloadFetch: api.fetch, ...options });
    return { downloaded: client.download(RESULT), paths: () => api.calls.map(({ path }) => path) };
  }
  const bytesOf = async (downloaded) => new Uint8Array(await (await value(downloaded))[0].arrayBuffer());
  const unreadable = (more) => (path, times) => (path === URL_OF_RESULT ? "network" : more(times));

  test("a_result_that_can_be_read_where_it_lies_is_read_there", async () => {
    const { downloaded, paths } = await download(() => undefined);
    assert.deepEqual(await bytesOf(downloaded), tinyPng());
    assert.deepEqual(paths(), [URL_OF_RESULT]);
  });

  test("the_results_route_is_asked_where_it_can_t", async () => {
    const { downloaded, paths } = await download(unreadable(() => SERVED));
    assert.deepEqual(await bytesOf(downloaded), GIF);
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE]);
  });

  test("the_results_route_is_not_asked_where_the_host_answered", async () => {
    const { downloaded, paths } = await download(() => ({ status: 404, text: "gone" }));
    await failureOf("not_found", downloaded);
    assert.deepEqual(paths(), [URL_OF_RESULT]);
  });

  test("what_the_results_route_says_in_passing_is_repeated_from_the_start", async () => {
    for (const passing of [{ status: 503, text: "later" }, refusal(503, "budget_unavailable")]) {
      const { downloaded, paths } = await download(unreadable((times) => (times === 0 ? passing : SERVED)));
      assert.deepEqual(await bytesOf(downloaded), GIF);
      assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE, URL_OF_RESULT, ROUTE]);
    }
  });

  test("what_the_proxy_says_of_this_result_for_good_counts", async () => {
    const { downloaded, paths } = await download(unreadable(() => GONE));
    const error = await failureOf("not_found", downloaded);
    assert.deepEqual([error.status, error.attempts, error.retryable], [404, 1, false]);
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE]);
  });

  test("what_the_proxy_says_of_its_caller_counts_in_its_own_words", async () => {
    const { downloaded, paths } = await download(unreadable(() => refusal(401, "unauthorized")));
    const error = await failureOf("unauthorized", downloaded);
    assert.deepEqual([error.status, error.requestId, error.message], [401, "req_fake", "About unauthorized."]);
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE]);
  });

  test("a_broken_download_is_never_told_as_gone_by_a_server_without_that_route", async () => {
    const answers = {
      "a web server's 404": { status: 404, ...PAGE },
      "a 404 without a word": { status: 404, text: "" },
      "a 404 of another API": { status: 404, json: { error: "Not Found" } },
      "the proxy's 404 of a route that it doesn't serve": refusal(404, "not_found"),
      "a 410": { status: 410, text: "gone" },
      "another method": refusal(405, "method_not_allowed"),
      "a route to come": refusal(501, "not_implemented"),
      "a gateway's own refusal": { status: 403, ...PAGE },
      "the page itself, as single-page applications answer": PAGE,
      "a redirect to a login page": { status: 302, text: "", headers: { Location: "https://shop.example.com/login" } },
    };
    for (const [what, answer] of Object.entries(answers)) {
      const { downloaded, paths } = await download(
        unreadable(() => answer),
        { maxRetries: 1 },
      );
      const outcome = await clock.until(downloaded);
      const { code, retryable, attempts } = outcome.error ?? {};
      assert.deepEqual([code, retryable, attempts], ["network_error", true, 2], what);
      assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE, URL_OF_RESULT, ROUTE], what);
    }
  });

  test("one_lost_connection_costs_nothing_where_the_proxy_serves_no_results", async () => {
    const { downloaded, paths } = await download((path, times) => {
      if (path === URL_OF_RESULT) return times === 0 ? "network" : undefined;
      return refusal(404, "not_found");
    });
    const outcome = await clock.until(downloaded);
    assert.equal(outcome.error?.code, undefined);
    assert.deepEqual(new Uint8Array(await outcome.value[0].arrayBuffer()), tinyPng());
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE, URL_OF_RESULT]);
  });

  test("where_neither_can_be_read_the_first_failure_counts_and_both_are_asked_again", async () => {
    const { downloaded, paths } = await download(() => "network", { maxRetries: 1 });
    const error = await failureOf("network_error", downloaded);
    assert.equal(error.attempts, 2);
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE, URL_OF_RESULT, ROUTE]);
  });

  test("who_holds_a_key_asks_no_such_route_of_the_api", async () => {
    const api = createFakeApi(() => "network");
    const client = await connect(api, { dangerouslyAllowBrowser: true, maxRetries: 1 });
    await failureOf("network_error", client.download(RESULT));
    await clock.settle();
    assert.deepEqual([...new Set(api.calls.map(({ path }) => path))], [URL_OF_RESULT]);
  });

  describe("before the proxy of this package", () => {
    /**
     * A client of such a proxy, for a result of the API's own origin which no page may read. `place` answers the proxy
     * in its stead.
     */
    async function downloadThrough(place, options) {
      const url = "https://api.example.com/results/1.png";
      const upstream = async (asked) =>
        asked === url ? place() : Response.json({ ...RESULT, result: { primary_url: url, urls: [url] } });
      const proxy = createProxy({
        apiKey: "rvya_sk_download_test",
        signingKey: "a signing key of 32 bytes or more, of no worth",
        authorize: () => "ann",
        upstream: "https://api.example.com/api/v1",
        fetch: upstream,
        ...options,
      });
      const client = await createClient({
        baseUrl: "https://shop.example.com/api/rivya",
        fetch: (address, init) => proxy.fetch(new Request(address, { ...init, cache: "default" })),
        downloadFetch: () => Promise.reject(new TypeError("CORS")),
        maxRetries: 1,
      });
      const id = await proxy.bindId("task", RESULT.id, "ann");
      return clock.until(client.download({ ...RESULT, id, result: { primary_url: url, urls: [url] } }));
    }
    const picture = () => new Response(tinyPng(), { headers: { "Content-Type": "image/png" } });

    test("a_result_that_it_serves_is_there", async () => {
      const { value, error } = await downloadThrough(picture);
      assert.equal(error, undefined);
      assert.deepEqual(new Uint8Array(await value[0].arrayBuffer()), tinyPng());
    });

    test("a_result_that_is_gone_for_it_is_gone", async () => {
      const { error } = await downloadThrough(() => new Response("gone", { status: 410 }));
      assert.deepEqual([error?.code, error?.status, error?.attempts], ["not_found", 404, 1]);
    });

    test("a_result_is_not_gone_because_it_serves_none", async () => {
      const { error } = await downloadThrough(picture, { results: false });
      assert.deepEqual([error?.code, error?.retryable, error?.attempts], ["network_error", true, 2]);
    });
  });
});
