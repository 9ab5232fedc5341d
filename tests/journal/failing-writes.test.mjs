/** What a store failed to keep is known to its client all the same: no submission is made twice for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HILL, answer, connect, failure, generation, value } from "../client/harness.mjs";

/** A store of which the n-th write fails. */
function failingStore(place) {
  const texts = new Map();
  let writes = 0;
  const set = async (key, text) => {
    writes += 1;
    if (writes === place) throw new Error("quota");
    texts.set(key, text);
  };
  const keys = async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix));
  return { get: async (key) => texts.get(key) ?? null, set, delete: async (key) => void texts.delete(key), keys };
}

test("an_id_that_could_not_be_written_is_waited_for_and_not_submitted_again", async (t) => {
  t.mock.method(console, "warn", () => {});
  let posts = 0;
  let isDone = false;
  const api = async (_, { method }) => {
    if (method === "POST") posts += 1;
    return answer(generation(isDone ? "succeeded" : "processing"));
  };
  // The first write is the entry, the second its id.
  const client = await connect(api, { store: failingStore(2) });
  const left = new AbortController();
  const call = client.generate(HILL, {
    idempotencyKey: "k",
    signal: left.signal,
    onProgress: ({ phase }) => phase === "processing" && left.abort("left"),
  });
  assert.equal(await failure(call), "left");
  assert.equal(posts, 1);
  isDone = true;
  assert.equal((await value(client.generate(HILL, { idempotencyKey: "k" }))).status, "succeeded");
  assert.equal(posts, 1);
});
