/** What the errors of a caller's own fetch are believed, and what becomes of answers that nobody waits for any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HILL, clock, connect, failureOf, generation, resolved } from "./harness.mjs";

const failed = (code) =>
  Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) });

test("a_fetch_that_repeats_by_itself_may_have_had_a_submission_charged_whatever_its_last_error_says", async () => {
  let charged = 0;
  const once = async () => {
    if (charged > 0) throw failed("ECONNREFUSED");
    charged += 1;
    throw failed("ECONNRESET");
  };
  const client = await connect(() => once().catch(once), { maxRetries: 0 });
  const error = await failureOf("network_error", client.generate(HILL));
  assert.deepEqual([charged, error.mayHaveBeenCharged, error.retryable], [1, true, false]);
  assert.match(error.message, /ECONNREFUSED/, "the cause is told all the same");
});

test("an_answer_that_comes_when_its_caller_has_left_is_given_up", async () => {
  let answer;
  let cancelled = false;
  const body = new ReadableStream({ cancel: () => void (cancelled = true) }, { highWaterMark: 0 });
  const client = await connect(() => new Promise((resolve) => (answer = () => resolve(new Response(body)))));
  const controller = new AbortController();
  const asking = client.credits.retrieve({ signal: controller.signal });
  asking.catch(() => {});
  await clock.settle();
  controller.abort();
  answer();
  await clock.settle();
  assert.ok(cancelled);
});

test("a_result_is_fetched_whatever_else_the_api_tells_of_it", async () => {
  const deep = JSON.parse(`${"[".repeat(40)}${"]".repeat(40)}`);
  const { result, ...rest } = generation("succeeded");
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52);
  const client = await connect(async () => new Response(png, { headers: { "Content-Type": "image/png" } }));
  const told = { ...rest, result: { ...result, deep, preview: "x".repeat(2_000_000) } };
  const [picture] = await resolved(client.download(told));
  assert.equal(picture.size, png.length);
});

test("an_archive_is_no_result_whatever_its_type_says", async () => {
  for (const start of ["PK\x03\x04", "\x1f\x8b\x08\0"]) {
    const bytes = Uint8Array.from(start.padEnd(200, "\x01"), (character) => character.charCodeAt(0));
    for (const type of ["", "application/octet-stream", "image/png"]) {
      const client = await connect(async () => new Response(bytes, { headers: type ? { "Content-Type": type } : {} }), {
        maxRetries: 0,
      });
      await failureOf("invalid_response", client.download(generation("succeeded")));
    }
  }
});
