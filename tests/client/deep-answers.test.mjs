/**
 * An answer that nests deeper than anybody could go through is none: each call ends with `invalid_response`, after one
 * attempt, and nothing runs out of stack.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HILL, ID, clock, connect, generation, picture } from "./harness.mjs";

const nested = (levels) => "[".repeat(levels) + "]".repeat(levels);
const members = {
  ...generation("succeeded"),
  object: "list",
  data: [],
  current_credits: 1,
  url: "https://cdn.invalid/1.png",
};
/** Everything that any call asks for, and beside it something that nests so deep. */
const answerOf = (levels) => JSON.stringify({ ...members, more: 0 }).replace('"more":0', `"more":${nested(levels)}`);

async function drained(states) {
  let last;
  for await (const each of states) last = each;
  return last;
}

const CALLS = {
  generate: (client) => client.generate(HILL),
  create: (client) => client.generations.create(HILL),
  retrieve: (client) => client.generations.retrieve(ID),
  wait: (client) => client.generations.wait(ID),
  watch: (client) => drained(client.generations.watch(ID)),
  upload: (client) => client.files.upload(picture()),
  retrieve_a_file: (client) => client.files.retrieve("file_1"),
  models: (client) => client.models.list(),
  credits: (client) => client.credits.retrieve(),
};
const SUBMISSIONS = ["generate", "create"];

describe("an answer", () => {
  for (const [name, call] of Object.entries(CALLS)) {
    for (const levels of [65, 100_000]) {
      test(`of_${levels}_levels_is_an_invalid_response_to_${name}`, async () => {
        let sent = 0;
        const client = await connect(async () => {
          sent += 1;
          return new Response(answerOf(levels), { headers: { "Content-Type": "application/json" } });
        });
        const { error } = await clock.until(call(client).then(() => "it was taken"));
        assert.deepEqual(
          [error?.name, error?.code, error?.status, error?.retryable],
          ["RivyaError", "invalid_response", 200, false],
        );
        assert.match(error.message, /nests deeper than 64 levels/);
        assert.equal(sent, 1);
        assert.equal(error.mayHaveBeenCharged, SUBMISSIONS.includes(name));
        if (SUBMISSIONS.includes(name))
          assert.equal((await clock.until(client.pending())).value.length, 1, "it may have been accepted");
      });
    }

    test(`of_60_levels_is_an_answer_to_${name}`, async () => {
      const client = await connect(
        async () => new Response(answerOf(60), { headers: { "Content-Type": "application/json" } }),
      );
      const { value, error } = await clock.until(call(client));
      assert.equal(error, undefined, error?.stack);
      assert.equal(JSON.stringify(value.more), nested(60));
    });
  }
});
