// What a run of the command has sent and not saved stays, is told by the next one, and can be fetched or taken off the
// list.
import assert from "node:assert/strict";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { until } from "../support/until.mjs";
import { answersLost, workshop } from "./workshop.mjs";

const HOUR_MS = 3_600_000;
const SLOW = { queuedMs: 1_000, processingMs: 0 };
const TOLD = "Sent by earlier runs, and not fetched yet:";

/** The files of submissions among those that are kept: how long each model took is kept there, too. */
const submissions = (kept) => kept().filter((file) => !readFileSync(file, "utf8").includes("rivya-wasm/durations/"));

/** Makes the one submission that is kept older. */
function age(kept, ms) {
  const [file] = submissions(kept);
  const { key, text } = JSON.parse(readFileSync(file, "utf8"));
  const entry = JSON.parse(text);
  writeFileSync(file, JSON.stringify({ key, text: JSON.stringify({ ...entry, startedMs: entry.startedMs - ms }) }));
  return entry.key;
}

/** Interrupts a run as soon as its submission was accepted. */
async function interrupted({ run }, ...args) {
  const { child, said, ended } = run("generate", ...args);
  await until(() => said.err.includes("queue"), { what: "the queue" });
  child.kill("SIGINT");
  assert.equal((await ended).code, 130);
}

/** The arguments of the command that a run tells of; they hold no blanks here. */
const commandIn = (text) => /^ +rivya-wasm (generate .*)$/m.exec(text)[1].split(" ");

test("the_next_run_tells_of_what_was_never_fetched_and_the_command_that_it_names_fetches_it_for_nothing", async (t) => {
  const place = await workshop(t, { pace: SLOW });
  const { run, emulator, kept, pictures } = place;
  await interrupted(
    place,
    "A red\nkite, \x1b[31mpainted as large as a house and larger still",
    "--param",
    "resolution=2K",
  );
  const key = age(kept, 2 * HOUR_MS);
  const other = await run("generate", "A blue kite", "--json").ended;
  assert.equal(other.code, 0, other.err);
  const [told, what, command] = other.err.split("\n");
  assert.equal(told, TOLD);
  assert.match(what, /^ {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC, nano-banana-2: A red kite, \[31mpainted as large as a /);
  assert.ok(what.endsWith("…"), what);
  assert.equal(command, `    rivya-wasm generate --idempotency-key ${key}`);
  assert.deepEqual(Object.keys(JSON.parse(other.out)), ["id", "model", "credits", "files", "urls"]);

  const [first] = emulator.ledger().charges;
  const fetched = await run(...commandIn(other.err)).ended;
  assert.equal(fetched.code, 0, fetched.err);
  assert.equal(fetched.out, `${first.id}.jpg\n`);
  assert.ok(!fetched.err.includes(TOLD), fetched.err);
  assert.equal(pictures().length, 2);
  assert.equal(emulator.ledger().charges.length, 2);
  assert.deepEqual(submissions(kept), []);
  assert.ok(!(await run("generate", "A third kite").ended).err.includes(TOLD));
});

test("what_was_sent_within_the_hour_is_not_told_for_another_run_may_be_at_it", async (t) => {
  const place = await workshop(t, { pace: SLOW });
  await interrupted(place, "A red kite");
  const { err } = await place.run("generate", "A blue kite").ended;
  assert.ok(!err.includes(TOLD), err);
  assert.equal(submissions(place.kept).length, 1);
});

test("what_can_t_be_asked_for_any_more_is_told_until_it_is_taken_off_the_list", async (t) => {
  let isDown = true;
  const { run, emulator, kept } = await workshop(t, { handlers: [answersLost(() => isDown)] });
  assert.equal((await run("generate", "A red kite").ended).code, 1);
  isDown = false;
  const key = age(kept, 25 * HOUR_MS);
  const sent = emulator.ledger().requests["POST /api/v1/generations"];

  const asked = await run("generate", "--idempotency-key", key, "--json").ended;
  assert.equal(asked.code, 1);
  assert.deepEqual([JSON.parse(asked.out).error.code, JSON.parse(asked.out).idempotencyKey], ["resume_expired", key]);
  assert.match(asked.err, /Look at your account\./);
  assert.deepEqual(commandIn(asked.err), ["generate", "--idempotency-key", key, "--forget"]);
  assert.equal(emulator.ledger().requests["POST /api/v1/generations"], sent);
  assert.equal(submissions(kept).length, 1);

  const next = await run("generate", "A blue kite").ended;
  assert.match(next.err, /A red kite \(no answer was ever seen/);
  const forgotten = await run(...commandIn(next.err)).ended;
  assert.deepEqual([forgotten.code, forgotten.out], [0, ""]);
  assert.deepEqual(submissions(kept), []);
  assert.ok(!(await run("generate", "A third kite").ended).err.includes(TOLD));
});

test("a_key_that_nothing_is_kept_under_fetches_nothing_and_sends_nothing", async (t) => {
  const { run, emulator } = await workshop(t);
  const { code, out } = await run("generate", "--idempotency-key", "nobody-s", "--json").ended;
  assert.equal(code, 1);
  const { error, mayHaveBeenCharged } = JSON.parse(out);
  assert.deepEqual([error.code, mayHaveBeenCharged], ["not_found", false]);
  assert.deepEqual(emulator.ledger().requests, {});
});

test("a_file_that_is_damaged_hides_none_of_the_others_and_what_a_killed_run_drafted_goes", async (t) => {
  const place = await workshop(t, { pace: SLOW });
  await interrupted(place, "A red kite");
  const key = age(place.kept, 2 * HOUR_MS);
  const beside = (name) => join(dirname(place.kept()[0]), name);
  const [damaged, old, fresh] = ["damaged.json", "old", "fresh"].map(beside);
  for (const file of [damaged, old, fresh]) writeFileSync(file, '{"key":');
  const then = new Date(Date.now() - 2 * HOUR_MS);
  utimesSync(old, then, then);
  const { err } = await place.run("generate", "A blue kite").ended;
  assert.ok(err.includes(`--idempotency-key ${key}`), err);
  const left = place.kept().map((file) => basename(file));
  assert.ok(left.includes("damaged.json") && left.includes("fresh") && !left.includes("old"), left.join());
});
