// What a server says reaches the terminal through the command, in every field that it may fill: it commands nothing
// there, and adds no line.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { smallJpeg } from "../support/pictures.mjs";
import { until } from "../support/until.mjs";
import { workshop } from "./workshop.mjs";

const FAKE = "Made by nobody in 0 s, for 0 credits.";
const LINE_BREAKS = ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\v", "\f"];
const COMMANDS = "\t\0\x07\b\x7f\x1b[2K\x1b[1A\x1b]0;title\x07\x9b31m\x90q\x9c";
const BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202elive\u2066\u2067\u2068\u2069";
const NEVER_DRAWN = "\xad\u180e\u200b\u200c\u200d\u2060\u2064\u206f\u3164\ufeff\ufff9\u{e0001}\u{e0041}\u{e007f}\ud800";
const FILLER = " ".repeat(300);
const ODD = [...LINE_BREAKS.map((lineBreak) => lineBreak + FAKE), COMMANDS, BIDI, NEVER_DRAWN, FILLER, FAKE].join("");
/** All but the line feed, at which what was printed is taken apart. */
const UNSHOWN = new RegExp(
  String.raw`[\0-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164]|` +
    String.raw`[\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]`,
  "u",
);
/** A URL, and the other fields of the JSON object. */
const CHARACTERS_MAX = 10_000;
const plain = (name) => name;
const odd = (name) => `${name}${ODD}`;
const endless = (name) => `${name}${"😀".repeat(200_000)}`;

/** What was printed shows nothing odd, and no line of it is the server's own. */
function assertClean(text, what) {
  assert.doesNotMatch(text, UNSHOWN, what);
  for (const line of text.split("\n")) {
    assert.ok(!line.startsWith(FAKE), `${what}: a fake line in ${text}`);
    assert.ok(line.length <= CHARACTERS_MAX, `${what}: a line of ${line.length} characters`);
    assert.doesNotMatch(line.trim(), / {2}/, `${what}: blanks that fill a row`);
  }
}

/** All texts in what JSON says. */
function textsIn(value) {
  if (typeof value === "string") return [value];
  return value === null || typeof value !== "object" ? [] : Object.values(value).flatMap(textsIn);
}

function readJson(out, what) {
  assertClean(out, what);
  assert.equal(out.split("\n").length, 2, `${what}: more than one line on stdout`);
  const told = JSON.parse(out);
  for (const text of textsIn(told)) assertClean(text, `${what}, parsed`);
  return told;
}

const AT_ONCE = { "Retry-After": "0" };
const isSubmission = ({ method, url }) => method === "POST" && url.endsWith("/generations");
const isLook = ({ method, url }) => method === "GET" && new URL(url).pathname.includes("/generations/");

/** Lets the emulator work, and changes what is told of a generation; its id may become any other. */
function retelling(change) {
  let id;
  return async (request, emulator) => {
    if (!request.url.includes("/generations")) return undefined;
    const own = new URL(`/api/v1/generations/${id}`, request.url);
    const response = await emulator.fetch(isLook(request) ? new Request(own, { headers: request.headers }) : request);
    const generation = await response.json();
    if (response.status >= 300) return Response.json(generation, { status: response.status });
    id = generation.id;
    change(generation);
    return Response.json(generation, { status: response.status });
  };
}

/** Answers every call of a route with an error of the API's form. */
const refusing = (route, status, say) => (request) => {
  if (request.method !== "POST" || !request.url.endsWith(route)) return undefined;
  const error = { code: say("code"), message: say("message"), requestId: say("request") };
  return Response.json({ error }, { status, headers: AT_ONCE });
};

/** `sayInUrl`: for a URL that a server still takes. */
const succeeding = (say, sayInUrl = say) =>
  retelling((generation) => {
    generation.id = say("task");
    generation.model = say("model");
    generation.final_credits = 5;
    if (generation.result) generation.result.urls = [`${generation.result.primary_url}?${sayInUrl("query")}`];
  });
const failing = (say) =>
  retelling((generation) => {
    const error = { code: say("code"), message: say("message") };
    Object.assign(generation, { id: say("task"), status: "failed", result: null, error });
  });
const resultGone = ({ url }) =>
  new URL(url).pathname.startsWith("/results/") ? new Response(null, { status: 404 }) : undefined;
const notJson = (say) => (request) =>
  isSubmission(request) ? new Response(`<h1>${say("page")}`, { headers: AT_ONCE }) : undefined;

/** Each place of a server's text: handlers of an API that says `say(name)` there, and the exit code. */
const PLACES = {
  "a generation that succeeds": [(say) => [succeeding(say, (name) => say(name).slice(0, 1_000))], 0],
  "a generation that succeeds and can't be fetched": [(say) => [resultGone, succeeding(say)], 1],
  "a generation that fails": [(say) => [failing(say)], 1],
  "a refused submission": [(say) => [refusing("/generations", 402, say)], 1],
  "a submission in conflict": [(say) => [refusing("/generations", 409, say)], 1],
  "a refused upload": [(say) => [refusing("/files", 403, say)], 1],
};

for (const [place, [handlersOf, code]] of Object.entries(PLACES)) {
  test(`what_a_server_says_in_${place.replaceAll(/\W/g, "_")}_commands_no_terminal_and_makes_no_line`, async (t) => {
    const linesOf = {};
    for (const [name, say] of Object.entries({ plain, odd, endless })) {
      const { run, at } = await workshop(t, { handlers: handlersOf(say) });
      writeFileSync(at("photo.jpg"), smallJpeg());
      const ended = await run("generate", "A kite", "--json", "--reference", "photo.jpg").ended;
      assert.equal(ended.code, code, `${name}: ${ended.err.slice(0, 2_000)}`);
      assertClean(ended.err, name);
      readJson(ended.out, name);
      linesOf[name] = ended.err.split("\n").length;
    }
    assert.deepEqual(linesOf, { plain: linesOf.plain, odd: linesOf.plain, endless: linesOf.plain });
  });
}

test("an_answer_that_is_no_json_is_quoted_on_one_line", async (t) => {
  const { run } = await workshop(t, { handlers: [notJson(odd)] });
  const { code, out, err } = await run("generate", "A kite", "--json").ended;
  assert.equal(code, 1);
  assertClean(err, "stderr");
  assert.match(readJson(out, "stdout").error.message, /<h1>page Made by nobody/);
});

test("an_interruption_tells_of_a_generation_whose_id_is_odd_on_one_line", async (t) => {
  const { run } = await workshop(t, { handlers: [succeeding(odd)], pace: { queuedMs: 3_600_000, processingMs: 0 } });
  const { child, said, ended } = run("generate", "A kite", "--json");
  await until(() => said.err.includes("queue"), { what: "the queue" });
  child.kill("SIGINT");
  const { code, out, err } = await ended;
  assert.equal(code, 130);
  assertClean(err, "stderr");
  assert.match(err, /^Generation task Made by nobody.* goes on/m);
  assert.match(readJson(out, "stdout").id, /^task Made by nobody/);
});

test("a_url_that_is_printed_still_leads_to_the_result", async (t) => {
  const { run } = await workshop(t, { handlers: [succeeding(odd)] });
  const { code, out, err } = await run("generate", "A kite", "--json").ended;
  assert.equal(code, 0, err);
  const { urls, files } = readJson(out, "stdout");
  assert.match(files[0], /^[\w-]+\.jpg$/);
  const result = await fetch(urls[0]);
  assert.deepEqual([result.status, result.headers.get("Content-Type")], [200, "image/jpeg"]);
});

test("a_price_and_a_model_that_are_no_number_and_no_text_are_told_as_unknown_after_the_picture_is_saved", async (t) => {
  for (const strange of ["5\nMade by nobody", { toString: "x", valueOf: 1 }, ["\x1b[2J"], null]) {
    const model = typeof strange === "string" ? 7 : strange;
    const handler = retelling((generation) => Object.assign(generation, { final_credits: strange, model }));
    const { run, pictures, kept } = await workshop(t, { handlers: [handler] });
    const { code, out, err } = await run("generate", "A kite", "--json").ended;
    assert.equal(code, 0, err);
    assertClean(err, "stderr");
    assert.match(err, /^Made in \d+ s, and the API did not say for how many credits\.$/m);
    const told = readJson(out, "stdout");
    assert.deepEqual([told.model, told.credits], [null, null]);
    assert.deepEqual([pictures(), kept()], [told.files, []]);
  }
});

test("a_key_that_a_server_sends_back_is_not_printed", async (t) => {
  // Where it is, `workshop` fails.
  const KEY = "rvya_sk_of_this_test";
  const echoing = succeeding((name) => `${name} ${KEY.split("").join("\u200b")} ${KEY}`);
  const { run } = await workshop(t, { handlers: [echoing] });
  const { code, out, err } = await run("generate", "A kite", "--json").ended;
  assert.equal(code, 0, err);
  assert.match(readJson(out, "stdout").id, /^task … …$/);
});

test("what_an_earlier_run_left_is_told_on_one_line_each", async (t) => {
  const { run, kept } = await workshop(t, { pace: { queuedMs: 1_000, processingMs: 0 } });
  const { child, said, ended } = run("generate", `\u202eA\x85\u2066kite\x9b31m\u{e0041}\nMade  by nobody`);
  await until(() => said.err.includes("queue"), { what: "the queue" });
  child.kill("SIGINT");
  await ended;
  const [file] = kept();
  const { key, text } = JSON.parse(readFileSync(file, "utf8"));
  const entry = JSON.parse(text);
  const older = { ...entry, startedMs: entry.startedMs - 7_200_000 };
  writeFileSync(file, JSON.stringify({ key, text: JSON.stringify(older) }));
  const { err } = await run("generate", "Another kite", "--model", "z-image").ended;
  assert.ok(/^ {2}\S+ \S+ UTC, nano-banana-2: A kite31m Made by nobody$/m.test(err), err);
  assertClean(err, "stderr");
});

test("a_kept_file_that_is_damaged_is_not_quoted", async (t) => {
  const { run, kept } = await workshop(t, { pace: { queuedMs: 3_600_000, processingMs: 0 } });
  const { child, said, ended } = run("generate", "A kite", "--idempotency-key", "k");
  await until(() => said.err.includes("queue"), { what: "the queue" });
  child.kill("SIGINT");
  await ended;
  const [file] = kept();
  writeFileSync(file, "\u202e\x9b31m");
  const { code, err } = await run("generate", "--idempotency-key", "k").ended;
  assert.equal(code, 1);
  assertClean(err, "stderr");
  assert.match(err, /a file of the journal is damaged/);
});

for (const command of ["emulator", "demo", "generate"]) {
  test(`an_error_that_${command}_did_not_foresee_commands_no_terminal_either`, async (t) => {
    const [message, reason] = [odd("unforeseen"), odd("reason")].map((text) => JSON.stringify(text));
    // When the command first prints something, it has begun to work.
    const thrown = `for (const stream of [process.stdout, process.stderr]) {
      const { write } = stream;
      stream.write = function (...args) {
        stream.write = write;
        setImmediate(() => { throw new Error(${message}, { cause: new TypeError(${reason}) }); });
        return write.apply(stream, args);
      };
    }`;
    const { runWith } = await workshop(t, { pace: { queuedMs: 3_600_000, processingMs: 0 } });
    const args = command === "generate" ? ["A kite"] : ["--port", "0"];
    const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(thrown)}"` };
    const { code, err } = await runWith(env, command, ...args).ended;
    assert.equal(code, 1);
    // Frames of a stack are indented.
    assertClean(err.replace(/^ +/gm, ""), "stderr");
    assert.match(err, /^Error: unforeseen Made by nobody/m);
    assert.match(err, /^Cause: TypeError: reason Made by nobody/m);
    assert.match(err, /^ {4}at /m);
  });
}

test("a_file_of_the_users_whose_name_is_odd_is_escaped_in_json_and_exact_when_parsed", async (t) => {
  const { run, pictures } = await workshop(t);
  const name = "a\u202ekite\x85\u{e0041}.jpg";
  const { code, out, err } = await run("generate", "A kite", "--out", name, "--json").ended;
  assert.equal(code, 0, err);
  assertClean(out, "stdout");
  assert.deepEqual(JSON.parse(out).files, [name]);
  assert.deepEqual(pictures(), [name]);
});

test("what_people_write_is_shown_as_it_is_in_any_script", async (t) => {
  const words = "Zu groß: 写真が大きすぎます, תמונה גדולה, صورة كبيرة, चित्र, 🪁, 5 < 6 & 'so' \"on\"";
  const { run } = await workshop(t, { handlers: [refusing("/generations", 402, () => words)] });
  const { out, err } = await run("generate", "A kite", "--json").ended;
  assert.ok(err.split("\n").includes(words), err);
  assert.equal(JSON.parse(out).error.message, words);
});
