/**
 * What passes, passes everywhere: one rule says which statuses are worth another attempt, for polls, submissions,
 * uploads and results alike.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HILL, ID, answer, connect, createFakeApi, failureOf, generation, picture, resolved } from "./harness.mjs";

/** A CDN's own page, in front of a server that it can't reach. */
const page = (status) => ({
  status,
  text: "<html>Web server is down</html>",
  headers: { "Content-Type": "text/html" },
});

const SUCCEEDED = generation("succeeded");
const RESULT = SUCCEEDED.result.primary_url;

const CALLS = {
  a_poll: ["GET", `/generations/${ID}`, (client) => client.generations.wait(ID)],
  a_retrieval: ["GET", "/credits", (client) => client.credits.retrieve()],
  a_submission: ["POST", "/generations", (client) => client.generations.create(HILL)],
  an_upload: ["POST", "/files", (client) => client.files.upload(picture(), { model: "nano-banana-2" })],
  a_download: ["GET", RESULT, (client) => client.download(SUCCEEDED)],
};
const PASSING = [408, 425, 429, 500, 502, 503, 504, 507, 520, 522, 524, 529, 530, 599];
const LASTING = [501, 505];

describe("a status that passes", () => {
  for (const [name, [method, path, call]] of Object.entries(CALLS)) {
    test(`is_asked_again_at_${name}`, async () => {
      for (const status of PASSING) {
        let number = 0;
        const api = createFakeApi((asked) =>
          asked.method === method && asked.path === path && (number += 1) === 1 ? page(status) : undefined,
        );
        await resolved(call(await connect(api)), `${status}`);
        assert.equal(number, 2, `${status}`);
      }
    });

    test(`that_lasts_ends_${name}_as_retryable`, async () => {
      const api = createFakeApi((asked) => (asked.path === path ? page(522) : undefined));
      const options = { maxRetries: 2, downloadFetch: api.fetch };
      const client = await connect(api, options);
      const ends = name === "a_poll" ? client.generations.retrieve(ID) : call(client);
      const error = await failureOf("http_522", ends);
      // Without a key of the caller's, another submission would be another charge.
      assert.deepEqual([error.attempts, error.status, error.retryable], [3, 522, name !== "a_submission"]);
    });
  }

  test("at_a_submission_is_repeated_under_one_key_with_the_same_bytes", async () => {
    const posts = [];
    const fetch = async (_url, { method, headers, body }) => {
      if (method === "GET") return answer(SUCCEEDED);
      posts.push(JSON.stringify([headers.get("Idempotency-Key"), body]));
      return posts.length < 4
        ? new Response("<html>", { status: 520 + posts.length })
        : answer(generation("queued"), 201);
    };
    assert.equal((await resolved((await connect(fetch)).generate(HILL))).status, "succeeded");
    assert.deepEqual([posts.length, new Set(posts).size], [4, 1]);
  });
});

test("a_method_or_a_version_that_a_server_does_not_know_is_not_asked_again", async () => {
  for (const status of LASTING) {
    const api = createFakeApi(() => page(status));
    const error = await failureOf(`http_${status}`, (await connect(api)).credits.retrieve());
    assert.deepEqual([error.attempts, error.retryable], [1, false]);
  }
});
