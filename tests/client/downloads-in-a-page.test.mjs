/** Where a page may not read a result where it lies, its proxy's results route is asked; but not by who holds a key. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { API, clock, connect, createClient, createFakeApi, failureOf, generation, value } from "./harness.mjs";

const RESULT = generation("succeeded");
const [URL_OF_RESULT] = RESULT.result.urls;
const ROUTE = `/generations/${RESULT.id}/results/0`;
const SERVED = { text: "picture from the proxy", headers: { "Content-Type": "image/png" } };

describe("in a page", () => {
  before(() => {
    globalThis.document = {};
  });
  after(() => delete globalThis.document);

  /** What is downloaded, and what was asked for, in order. `behave` is told of each call with how often its path was asked before. */
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
  const textOf = async (downloaded) => (await value(downloaded))[0].text();
  const unreadable = (more) => (path, times) => (path === URL_OF_RESULT ? "network" : more(times));

  test("a_result_that_can_be_read_where_it_lies_is_read_there", async () => {
    const { downloaded, paths } = await download(() => undefined);
    assert.equal(await textOf(downloaded), "picture");
    assert.deepEqual(paths(), [URL_OF_RESULT]);
  });

  test("the_results_route_is_asked_where_it_can_t", async () => {
    const { downloaded, paths } = await download(unreadable(() => SERVED));
    assert.equal(await textOf(downloaded), "picture from the proxy");
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE]);
  });

  test("the_results_route_is_not_asked_where_the_host_answered", async () => {
    const { downloaded, paths } = await download(() => ({ status: 404, text: "gone" }));
    await failureOf("not_found", downloaded);
    assert.deepEqual(paths(), [URL_OF_RESULT]);
  });

  test("what_the_results_route_says_in_passing_is_repeated_from_the_start", async () => {
    const { downloaded, paths } = await download(unreadable((times) => (times === 0 ? { status: 503, text: "later" } : SERVED)));
    assert.equal(await textOf(downloaded), "picture from the proxy");
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE, URL_OF_RESULT, ROUTE]);
  });

  test("what_the_results_route_says_for_good_counts", async () => {
    const { downloaded, paths } = await download(unreadable(() => ({ status: 404, text: "no such result" })));
    const error = await failureOf("not_found", downloaded);
    assert.deepEqual([error.status, error.attempts], [404, 1]);
    assert.deepEqual(paths(), [URL_OF_RESULT, ROUTE]);
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
});
