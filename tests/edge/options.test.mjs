/**
 * Anything at all as an option of `createProxy`: a `TypeError` that names its path, with no key in it, and nothing is
 * ever sent.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProxy, EdgeProxy, memoryBudget } from "rivya-wasm/edge";
import { HOSTILE_VALUES } from "../abuse/hostile-values.mjs";
import { API_KEY, BASE, captureErrors, recordingApi, SECRETS, SIGNING_KEY, UPSTREAM } from "../support/edge.mjs";

const usual = (changes) => ({
  apiKey: API_KEY,
  signingKey: SIGNING_KEY,
  authorize: () => "ann",
  upstream: UPSTREAM,
  ...changes,
});
const full = () =>
  usual({
    signingKey: [SIGNING_KEY, `${SIGNING_KEY}, an older one`],
    basePath: "/api/rivya",
    models: ["z-image"],
    allowedOrigins: ["https://app.test"],
    allowedHeaders: ["X-Session"],
    maxUploadBytes: 1_000,
    allowChunkedUploads: false,
    results: true,
    limits: { requestsPerMinute: 10, creditsPerDay: 10, concurrentGenerations: 10, budget: memoryBudget() },
    fetch: async () => Response.json({}),
  });
const PLACES = [
  ...[
    "apiKey",
    "signingKey",
    "authorize",
    "upstream",
    "basePath",
    "models",
    "allowedOrigins",
    "allowedHeaders",
    "maxUploadBytes",
    "allowChunkedUploads",
    "results",
    "limits",
    "fetch",
  ].map((name) => [name]),
  ...["signingKey", "models", "allowedOrigins", "allowedHeaders"].map((name) => [name, 0]),
  ...["requestsPerMinute", "creditsPerDay", "concurrentGenerations", "budget"].map((name) => ["limits", name]),
  ...["take", "settle"].map((name) => ["limits", "budget", name]),
];
const pathOf = (place) => `options${place.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("")}`;
const withValueAt = (options, place, value) => {
  let target = options;
  for (const key of place.slice(0, -1)) target = target[key];
  target[place.at(-1)] = value;
  return options;
};

/**
 * Makes a proxy of them and asks it once. Answers the message that tells what was wrong, thrown or logged, or null
 * where nothing was; in that case a request was answered as one.
 */
async function judged(options, lines) {
  lines.length = 0;
  let proxy;
  try {
    proxy = createProxy(options);
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error?.stack ?? error));
    return error.message;
  }
  const { status } = await proxy.fetch(new Request(`${BASE}/openapi.json`), {});
  const wrong = lines.filter((line) => line.includes("TypeError: options"));
  assert.equal(status === 500, wrong.length === 1, `${status}: ${lines.join("\n")}`);
  return wrong[0] ?? null;
}

describe("options of a proxy", () => {
  test("that_are_right_are_right", async (t) => {
    const lines = captureErrors(t);
    for (const options of [
      usual(),
      full(),
      () => full(),
      usual({ signingKey: [SIGNING_KEY] }),
      usual({ upstream: new URL(UPSTREAM) }),
      usual({ upstream: "http://127.0.0.1:1/api/v1" }),
      usual({ basePath: "" }),
    ]) {
      assert.equal(await judged(options, lines), null);
    }
  });

  for (const place of PLACES) {
    test(`anything_at_all_as_${pathOf(place)}_is_taken_or_refused_by_its_name`, async (t) => {
      const lines = captureErrors(t);
      let refused = 0;
      for (const [name, make] of HOSTILE_VALUES) {
        const message = await judged(withValueAt(full(), place, make()), lines);
        if (message === null) continue;
        refused += 1;
        const told = `${name}: ${message.slice(0, 500)}`;
        assert.ok(
          message.includes(pathOf(place.slice(0, place.length > 1 && typeof place[1] === "number" ? 1 : place.length))),
          told,
        );
        assert.ok(message.length < 5_000, `${name}: ${message.length} characters`);
        for (const secret of SECRETS) assert.ok(!message.includes(secret), told);
      }
      assert.ok(refused > 20, `${refused} of ${HOSTILE_VALUES.length} were refused`);
    });
  }

  test("that_only_the_module_can_judge_are_thrown_where_they_are_given_and_logged_where_a_function_gives_them", async (t) => {
    const lines = captureErrors(t);
    const wrong = {
      "options.signingKey": ["short", "", [], [SIGNING_KEY, "short"], "é".repeat(15)].map((signingKey) => ({
        signingKey,
      })),
      "options.basePath": ["api", "/api/", "/", "//", "/a/../b", "/a?b", "/%61", "https://shop.test/api"].map(
        (basePath) => ({ basePath }),
      ),
      "options.allowedOrigins[0]": [
        "*",
        "null",
        "https://*.app.test",
        "https://App.test",
        "https://app.test/",
        "app.test",
        "https://a@b",
      ].map((origin) => ({ allowedOrigins: [origin] })),
      "options.allowedOrigins[1]": [{ allowedOrigins: ["https://app.test", "*"] }],
      "options.upstream": [
        "http://api.invalid",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.test",
        "ftp://127.0.0.1",
        "https://user:password@api.invalid",
        "https://api.invalid/?x",
        "https://api.invalid/#x",
        "/api/v1",
        "x",
      ].map((upstream) => ({ upstream })),
      "options.allowedHeaders[0]": ["", "a b", "x:y", "x\r\ny", "é"].map((header) => ({ allowedHeaders: [header] })),
      "options.models[0]": ["", "x".repeat(1_001), 7].map((model) => ({ models: [model] })),
    };
    for (const [path, changes] of Object.entries(wrong)) {
      for (const change of changes) {
        assert.throws(
          () => createProxy(usual(change)),
          (error) => error instanceof TypeError && error.message.startsWith(path),
          `${path}: ${JSON.stringify(change)}`,
        );
        assert.ok(
          (await judged(() => usual(change), lines))?.includes(path),
          `${path}: ${JSON.stringify(change)}: ${lines}`,
        );
      }
    }
  });

  test("no_wrong_key_is_shown", async (t) => {
    const lines = captureErrors(t);
    for (const apiKey of [
      "secret-of-another-form\n",
      " secret-of-another-form",
      "secret-of-another-förm",
      "",
      `secret-of-another-form${"x".repeat(1_000)}`,
      "rvya_sk_secret of",
    ]) {
      const message = await judged(usual({ apiKey }), lines);
      assert.match(message, /^options\.apiKey must be/);
      assert.ok(!/secret|förm/.test(message), message);
    }
    for (const signingKey of [
      "a-short-secret",
      ["a-short-secret"],
      [SIGNING_KEY, 7],
      { key: "a-short-secret" },
      `secret${"x".repeat(2_000)}`,
    ]) {
      const message = await judged(usual({ signingKey }), lines);
      assert.match(message, /options\.signingKey/);
      assert.ok(!/secret|xxx/.test(message) && !message.includes(SIGNING_KEY), message);
    }
  });

  test("of_none_is_a_proxy_made", async () => {
    for (const [name, make] of HOSTILE_VALUES) {
      const value = make();
      if (typeof value === "function") continue;
      assert.throws(() => createProxy(value), TypeError, name);
    }
    for (const name of ["apiKey", "signingKey", "authorize"])
      assert.throws(
        () => createProxy(usual({ [name]: undefined })),
        new RegExp(`^TypeError: options\\.${name} must be`),
      );
    assert.throws(() => new EdgeProxy(), TypeError);
  });

  test("by_a_function_that_answers_anything_at_all_are_logged_and_answered_with_500_each_time", async (t) => {
    const lines = captureErrors(t);
    const api = recordingApi();
    for (const [name, make] of HOSTILE_VALUES) {
      const { fetch } = createProxy(() => make());
      for (const env of [{}, {}]) assert.equal((await fetch(new Request(`${BASE}/models`), env)).status, 500, name);
    }
    const { fetch } = createProxy(() => usual({ fetch: api.fetch }));
    for (const env of [undefined, null, 7, "env"])
      assert.equal((await fetch(new Request(`${BASE}/models`), env)).status, 500);
    assert.ok(lines.some((line) => line.includes("env must be given")));
    assert.deepEqual(api.calls, []);
  });
});

describe("a misspelt option", () => {
  for (const [path, options] of Object.entries({
    "options.limit": usual({ limit: { requestsPerMinute: 1, budget: memoryBudget() } }),
    "options.allowedOrigin": usual({ allowedOrigin: "https://app.test" }),
    "options.limits.creditsPerDays": usual({ limits: { creditsPerDays: 1, budget: memoryBudget() } }),
  }))
    test(`${path}_leaves_no_proxy_more_open_than_it_should_be`, () => {
      assert.throws(
        () => createProxy(options),
        (error) => error instanceof TypeError && error.message.startsWith(`${path} is no option`),
      );
    });
});
