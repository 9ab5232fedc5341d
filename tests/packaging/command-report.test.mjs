// What the command makes of errors that no API brings about at a test's wish: its words, and what it says of money.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reportOf } from "../../src/npm/cli/report.js";

const KEY = "a-key";

/** An error of the client's. Nobody but the client can make one, but its class knows them by a mark. */
const rivyaError = (fields) =>
  Object.assign(new Error("About it."), {
    [Symbol.for("rivya-wasm.RivyaError")]: true,
    code: "rate_limited",
    status: null,
    requestId: null,
    issues: [],
    attempts: 1,
    mayHaveBeenCharged: false,
    generation: null,
    ...fields,
  });

/** A run that came so far; the submission has left. */
const runOf = (soFar) => ({
  signal: new AbortController().signal,
  emulated: false,
  key: KEY,
  isKeyGiven: false,
  sent: true,
  id: null,
  made: false,
  urls: [],
  files: [],
  ...soFar,
});

test("too_many_at_once_says_what_to_wait_for_and_that_nothing_was_paid", () => {
  const { exitCode, lines, json } = reportOf(rivyaError({ code: "too_many_at_once", status: 429 }), runOf());
  assert.deepEqual(lines, ["About it.", "Wait until one of your generations under way has ended, then make this one."]);
  assert.deepEqual([exitCode, json.error.code], [1, "too_many_at_once"]);
  assert.deepEqual([json.mayHaveBeenCharged, json.idempotencyKey], [false, null]);
});

test("an_error_that_is_none_of_the_clients_after_a_submission_leaves_it_in_doubt", () => {
  const { lines, json } = reportOf(new TypeError("a bug"), runOf());
  assert.deepEqual([json.mayHaveBeenCharged, json.idempotencyKey], [true, KEY]);
  assert.deepEqual(lines.slice(1), [
    "What was sent may have been accepted, and paid for.",
    "To fetch it without paying twice:",
    `  rivya-wasm generate --idempotency-key ${KEY}`,
  ]);
  const { json: unsent } = reportOf(new TypeError("a bug"), runOf({ sent: false }));
  assert.deepEqual([unsent.mayHaveBeenCharged, unsent.idempotencyKey], [false, null]);
});

test("a_code_of_the_apis_is_not_taken_for_one_of_the_clients", () => {
  const error = rivyaError({ code: "resume_expired", status: 500, mayHaveBeenCharged: true });
  assert.equal(reportOf(error, runOf()).lines.at(-1), `  rivya-wasm generate --idempotency-key ${KEY}`);
});

test("a_generation_that_the_api_knows_no_more_is_not_said_to_go_on", () => {
  const generation = { id: "task_7", status: "processing" };
  const { lines, json } = reportOf(rivyaError({ code: "not_found", status: 404, generation }), runOf({ id: "task_7" }));
  assert.equal(lines[1], "Generation task_7 was accepted and may be paid for, but the API knows it no more.");
  assert.deepEqual([json.mayHaveBeenCharged, json.idempotencyKey], [true, KEY]);
});
