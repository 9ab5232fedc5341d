/** A poll that repeats: what is remembered of the last one changes no answer, and opens nothing to anybody else. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Polls } from "../../src/edge/polls.js";
import { answer, API_KEY, recordingApi, refusal, SHOP, startProxy } from "../support/edge.mjs";

const LISTED = "https://app.test";

/** A proxy whose API answers polls with what `now` holds, and a task of ann's that she has polled twice. */
async function warm({ now = { status: "processing" }, ...options } = {}) {
  const api = recordingApi(({ method, path }) => {
    if (method !== "GET" || !path.startsWith("/generations/")) return undefined;
    return (
      now.refusal ??
      answer(200, { id: now.id ?? decodeURIComponent(path.slice(13)), reserved_credits: 1, ...now }, now.headers)
    );
  });
  const started = startProxy({ api, allowedOrigins: [LISTED], ...options });
  const { id } = (await started.submit()).json;
  const poll = (init) => started.ask(`/generations/${id}`, init);
  for (let times = 0; times < 2; times += 1) assert.equal((await poll()).json.id, id);
  const sent = api.calls.length;
  return { ...started, id, poll, now, sentSince: () => api.calls.length - sent };
}

describe("a poll that was answered before", () => {
  test("is_no_other_callers_and_asks_authorize_each_time", async () => {
    let asked = 0;
    const authorize = (request) => ((asked += 1), request.headers.get("x-caller"));
    const { poll, sentSince } = await warm({ authorize });
    const before = asked;
    const other = await poll({ caller: "bob" });
    const nobody = await poll({ caller: null });
    assert.deepEqual([other.status, other.json.error.code, nobody.status], [404, "not_found", 401]);
    assert.equal(sentSince(), 0);
    assert.equal((await poll()).status, 200);
    assert.equal(asked - before, 3);
  });

  test("is_asked_of_the_API_again_and_shows_what_has_changed", async () => {
    const { poll, now, id, sentSince } = await warm();
    for (const status of ["processing", "processing", "succeeded", "processing", "failed"]) {
      now.status = status;
      assert.deepEqual((await poll()).json, { id, reserved_credits: 1, status });
    }
    assert.equal(sentSince(), 5);
    now.id = "task_another";
    const { json } = await poll();
    assert.match(json.id, /^task_another\./, "an answer about another task is not taken for the last one's");
  });

  test("passes_on_a_refusal_and_a_header_of_this_answer_alone", async () => {
    const { poll, now } = await warm();
    now.headers = { "Retry-After": "7" };
    assert.equal((await poll()).headers.get("retry-after"), "7");
    delete now.headers;
    assert.equal((await poll()).headers.get("retry-after"), null);
    now.refusal = refusal(404, "not_found");
    assert.equal((await poll()).status, 404);
    delete now.refusal;
    assert.equal((await poll()).status, 200);
  });

  test("is_admitted_by_where_it_comes_from_each_time", async () => {
    const { poll, sentSince } = await warm();
    const listed = { headers: { Origin: LISTED } };
    const cors = async (init) => {
      const { status, headers } = await poll(init);
      return [status, headers.get("access-control-allow-origin")];
    };
    for (let times = 0; times < 2; times += 1) {
      assert.deepEqual(await cors(listed), [200, LISTED]);
      assert.deepEqual(await cors({ headers: { Origin: SHOP } }), [200, null]);
      assert.deepEqual(await cors(), [200, null]);
    }
    assert.equal(sentSince(), 6);
    for (const headers of [
      { Origin: "https://evil.test" },
      { Origin: "" },
      { Origin: "undefined" },
      { Origin: "null" },
      { "Sec-Fetch-Site": "cross-site" },
    ]) {
      assert.deepEqual(await cors({ headers }), [403, null], JSON.stringify(headers));
    }
    assert.equal((await poll({ method: "DELETE" })).status, 405);
    assert.equal(
      (await poll({ method: "POST", body: "{}" })).status,
      403,
      "a POST to the same address needs the client's header",
    );
    assert.equal(sentSince(), 6);
  });

  test("still_cuts_a_key_out_of_what_the_API_says", async () => {
    const { poll, now } = await warm();
    now.note = `seen ${API_KEY}`;
    for (let times = 0; times < 3; times += 1) {
      const { status, text } = await poll();
      assert.equal(status, 200);
      assert.ok(!text.includes(API_KEY) && text.includes("seen"), text);
    }
  });

  test("counts_as_a_request_and_gives_a_place_back_each_time", async () => {
    const taken = [];
    const settled = [];
    const budget = {
      take: ({ key }) => (taken.push(key), { ok: true, retryAfterMs: 0 }),
      settle: ({ key, id }) => void settled.push([key, id]),
    };
    const { poll } = await warm({
      now: { status: "succeeded" },
      limits: { requestsPerMinute: 10, concurrentGenerations: 1, budget },
    });
    taken.length = settled.length = 0;
    await poll();
    await poll();
    assert.equal(taken.length, 2);
    assert.deepEqual(
      settled.map(([, id]) => id),
      ["task_1", "task_1"],
    );
  });
});

test("more_polls_than_are_remembered_and_longer_ones_are_answered_alike", async () => {
  const { ask, proxy, now } = await warm();
  const ids = await Promise.all(
    Array.from({ length: 450 }, (_, index) => proxy.bindId("task", `task_${index}`, "ann")),
  );
  for (const id of [...ids, ...ids]) assert.equal((await ask(`/generations/${id}`)).json.id, id);
  now.prompt = "x".repeat(100_000);
  for (let times = 0; times < 2; times += 1)
    assert.deepEqual((await ask(`/generations/${ids[0]}`)).json, { id: ids[0], reserved_credits: 1, ...now });
});

describe("the memory of polls", () => {
  /** Rules that tell how often they were asked, and polls over them. */
  function counting() {
    const asked = { admit: 0, open: 0, bind: 0 };
    const polls = new Polls({
      admit: () => ((asked.admit += 1), { route: "poll", segment: "bound" }),
      open: (_kind, segment, caller) => ((asked.open += 1), `${segment} of ${caller}`),
      bindAnswer: (text, _kind, caller) => ((asked.bind += 1), { text: `${text} for ${caller}` }),
    });
    /** One poll from its admission to its answer. */
    const poll = (url, { caller = "ann", text = "{}" } = {}) => {
      const admitted = polls.admit(url);
      return polls.bind(admitted, caller, polls.open(admitted, caller), text).text;
    };
    return { asked, polls, poll };
  }

  test("asks_the_rules_once_where_everything_is_the_same", () => {
    const { asked, poll } = counting();
    for (let times = 0; times < 5; times += 1) assert.equal(poll("/1"), "{} for ann");
    assert.deepEqual(asked, { admit: 1, open: 1, bind: 1 });
  });

  test("gives_one_caller_nothing_of_anothers_though_address_and_answer_are_the_same", () => {
    const { polls, poll } = counting();
    poll("/1");
    const admitted = polls.admit("/1");
    assert.equal(polls.open(admitted, "bob"), "bound of bob");
    assert.equal(polls.bind(admitted, "bob", "bound of bob", "{}").text, "{} for bob");
    assert.equal(polls.open(polls.admit("/1"), "ann"), "bound of ann");
  });

  test("holds_the_last_two_hundred_and_no_more", () => {
    const { asked, poll } = counting();
    for (let index = 0; index < 201; index += 1) poll(`/${index}`);
    assert.equal(asked.admit, 201);
    poll("/200");
    poll("/1");
    assert.equal(asked.admit, 201, "these are held");
    poll("/0");
    assert.equal(asked.admit, 202, "the oldest went");
  });

  test("holds_no_address_and_no_answer_that_is_longer_than_usual", () => {
    const { asked, poll } = counting();
    for (const [url, text, expected] of [
      ["/1".padEnd(2_000, "x"), "{}", 2],
      ["/2", "x".repeat(4_097), 2],
      ["/3".padEnd(900, "x"), "x".repeat(4_096), 1],
    ]) {
      asked.admit = 0;
      poll(url, { text });
      poll(url, { text });
      assert.equal(asked.admit, expected, `${url.length} and ${text.length} characters`);
    }
  });

  test("forgets_no_poll_for_an_answer_that_is_too_long_and_gives_none_of_before", () => {
    const { poll } = counting();
    poll("/1");
    const long = "x".repeat(10_000);
    assert.equal(poll("/1", { text: long }), `${long} for ann`);
    assert.equal(poll("/1"), "{} for ann");
  });
});
