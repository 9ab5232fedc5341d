/** A client that has seen how long a model takes polls when it is likely to be done, and says how long that is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HILL, answer, clock, connect, generation, value } from "./harness.mjs";

const TAKES_MS = 8_000;

/** An API whose generations end `takesMs` after their submission and say so; `polledAtMs` counts from it. */
function steadyApi(takesMs = TAKES_MS) {
  const api = { polledAtMs: [], noticedAfterMs: null };
  let submittedMs;
  let number = 0;
  api.fetch = async (_, { method }) => {
    const ageMs = clock.nowMs() - submittedMs;
    if (method === "POST") {
      submittedMs = clock.nowMs();
      api.polledAtMs = [];
      number += 1;
    } else api.polledAtMs.push(ageMs);
    const ended = method !== "POST" && ageMs >= takesMs;
    const times = { created_at: new Date(0).toISOString(), updated_at: new Date(ended ? takesMs : 0).toISOString() };
    return answer({ ...generation(ended ? "succeeded" : "processing"), id: `task_${number}`, ...times });
  };
  return api;
}

const mapStore = () => {
  const texts = new Map();
  const keys = async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix));
  return {
    texts,
    get: async (key) => texts.get(key) ?? null,
    set: async (key, text) => void texts.set(key, text),
    delete: async (key) => void texts.delete(key),
    keys,
  };
};

/** The polls of the last of so many runs, and what its progress expected. */
async function after(runs, { api = steadyApi(), store = mapStore(), request = HILL } = {}) {
  let expectedMs;
  for (let run = 0; run <= runs; run += 1) {
    // A new visit each time: what was learned is in the store.
    const client = await connect(api.fetch, { store });
    await value(
      client.generate(request, { onProgress: (progress) => (expectedMs = progress.expectedMs ?? expectedMs) }),
    );
    client.free();
  }
  return { polledAtMs: api.polledAtMs.map(Math.round), expectedMs, store };
}

describe("a model that always takes as long", () => {
  test("is_polled_by_the_guidance_as_long_as_nothing_was_seen", async () => {
    const { polledAtMs, expectedMs } = await after(0);
    assert.deepEqual(polledAtMs, [2_500, 7_500, 13_500]);
    assert.equal(expectedMs, undefined);
  });

  test("is_met_at_its_end_with_one_poll_when_some_runs_were_seen", async () => {
    const { polledAtMs, expectedMs } = await after(5);
    assert.equal(polledAtMs.length, 1, String(polledAtMs));
    assert.ok(polledAtMs[0] >= TAKES_MS && polledAtMs[0] < TAKES_MS + 500, String(polledAtMs));
    assert.equal(expectedMs, TAKES_MS);
  });

  test("is_not_known_from_another_model_nor_from_another_place", async () => {
    const { store } = await after(5);
    const other = await after(0, { store, request: { model: "nano-banana-2", prompt: "a hill" } });
    assert.deepEqual(other.polledAtMs, [2_500, 7_500, 13_500]);
    const api = steadyApi();
    const client = await connect(api.fetch, { store, baseUrl: "https://elsewhere.test/api/v1" });
    await value(client.generate(HILL));
    assert.deepEqual(api.polledAtMs.map(Math.round), [2_500, 7_500, 13_500]);
  });

  test("is_kept_in_mind_for_twenty_runs", async () => {
    const { store } = await after(24);
    const [[, text]] = [...store.texts].filter(([key]) => key.includes("/durations/"));
    assert.deepEqual(
      JSON.parse(text),
      Array.from({ length: 20 }, () => TAKES_MS),
    );
  });
});

describe("what a store holds as durations", () => {
  for (const text of ["", "null", "{}", '"8000"', "[null,{}]", '[-1,1e308,"x",0]', "[[[[", "[1e999]"])
    test(`may_be_anything_such_as_${text}`, async () => {
      const { store } = await after(1);
      const [key] = [...store.texts.keys()].filter((name) => name.includes("/durations/"));
      store.texts.set(key, text);
      const { polledAtMs } = await after(0, { store });
      assert.deepEqual(polledAtMs, [2_500, 7_500, 13_500]);
    });
});

test("where_nothing_is_remembered_nothing_is_learned", async () => {
  const api = steadyApi();
  for (let run = 0; run < 4; run += 1) await value((await connect(api.fetch, { store: null })).generate(HILL));
  assert.deepEqual(api.polledAtMs.map(Math.round), [2_500, 7_500, 13_500]);
});
