// The package's command as somebody types it: a process, an API behind HTTP, files on the disk.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "rivya-wasm";
import { smallJpeg } from "../support/pictures.mjs";
import { until } from "../support/until.mjs";
import { DIST, answersLost, workshop } from "./workshop.mjs";

/** Longer than any test. */
const NEVER = { queuedMs: 3_600_000, processingMs: 0 };
const JPEG = [0xff, 0xd8, 0xff];
const PNG = [0x89, 0x50, 0x4e];

const startOf = (file) => [...readFileSync(file).subarray(0, 3)];

test("each_command_has_its_help_and_the_first_one_lists_them", async (t) => {
  const { run } = await workshop(t);
  const list = await run("--help").ended;
  assert.equal(list.code, 0);
  for (const [command, option] of [
    ["emulator", "--webhook <url>"],
    ["demo", "--port <n>"],
    ["generate", "--idempotency-key <key>"],
  ]) {
    assert.match(list.out, new RegExp(`^  ${command} `, "m"));
    const { code, out } = await run(command, "--help").ended;
    assert.equal(code, 0);
    assert.ok(out.includes(option), out);
  }
});

test("a_picture_is_saved_under_the_generations_id_and_its_real_type_and_its_name_is_printed", async (t) => {
  const { run, emulator, pictures, kept, at } = await workshop(t);
  const { code, out, err } = await run("generate", "A red kite", "--param", "output_format=png").ended;
  assert.equal(code, 0, err);
  const [{ id, credits }] = emulator.ledger().charges;
  assert.equal(out, `${id}.png\n`);
  assert.deepEqual(pictures(), [`${id}.png`]);
  assert.deepEqual(startOf(at(`${id}.png`)), PNG);
  assert.match(err, new RegExp(`for ${credits} credits`));
  assert.deepEqual(kept(), []);
});

test("outside_of_a_terminal_progress_is_a_line_for_each_phase", async (t) => {
  const { run, at } = await workshop(t, { pace: { queuedMs: 300, processingMs: 1_500 } });
  writeFileSync(at("photo.jpg"), smallJpeg());
  const { err } = await run("generate", "A red kite", "--reference", "photo.jpg", "--json").ended;
  const lines = err.trimEnd().split("\n");
  assert.deepEqual(
    lines.filter((line, index) => lines.indexOf(line) !== index),
    [],
  );
  assert.equal(lines[0], "Uploading reference 1 of 1");
  assert.equal(lines[1], "Sending the request");
  assert.equal(lines.at(-2), "Fetching the result");
  assert.doesNotMatch(err, /[\r\x1b]/);
});

test("json_is_one_object_and_nothing_else_on_stdout", async (t) => {
  const { run, emulator, at } = await workshop(t);
  writeFileSync(at("photo.jpg"), smallJpeg());
  const { code, out, err } = await run(
    "generate",
    "Like this",
    "--json",
    "--reference",
    "photo.jpg",
    "--out",
    "picture.jpg",
    "--param",
    "resolution=2K",
  ).ended;
  assert.equal(code, 0, err);
  const [{ id, credits }] = emulator.ledger().charges;
  const { urls, ...rest } = JSON.parse(out);
  assert.deepEqual(rest, { id, model: "nano-banana-2", credits, files: ["picture.jpg"] });
  assert.equal(urls.length, 1);
  assert.deepEqual(startOf(at("picture.jpg")), JPEG);
  assert.equal(emulator.ledger().requests["POST /api/v1/files"], 1);
});

test("several_results_are_numbered_and_what_lies_there_stays", async (t) => {
  const twice = async (request, emulator) => {
    const response = await emulator.fetch(request);
    if (request.method !== "GET" || !new URL(request.url).pathname.includes("/generations/")) return response;
    const generation = await response.json();
    if (generation.result) generation.result.urls = Array(3).fill(generation.result.primary_url);
    return Response.json(generation);
  };
  const { run, at } = await workshop(t, { handlers: [twice], pace: { queuedMs: 1, processingMs: 0 } });
  writeFileSync(at("kite-2.jpg"), "mine");
  const { code, out, err } = await run("generate", "A kite", "--out", "kite.jpg", "--json").ended;
  assert.equal(code, 0, err);
  const { files } = JSON.parse(out);
  assert.deepEqual(files, ["kite.jpg", "kite-3.jpg", "kite-4.jpg"]);
  for (const file of files) assert.deepEqual(startOf(at(file)), JPEG);
  assert.equal(readFileSync(at("kite-2.jpg"), "utf8"), "mine");
});

test("a_file_is_overwritten_by_force_alone_and_refused_before_anything_is_paid", async (t) => {
  const { run, emulator, at } = await workshop(t);
  writeFileSync(at("picture.jpg"), "mine");
  const refused = await run("generate", "A kite", "--out", "picture.jpg").ended;
  assert.equal(refused.code, 2);
  assert.match(refused.err, /picture\.jpg exists already/);
  assert.equal(readFileSync(at("picture.jpg"), "utf8"), "mine");
  assert.deepEqual(emulator.ledger(), { credits: 1000, charges: [], requests: {} });
  assert.equal((await run("generate", "A kite", "--out", "picture.jpg", "--force").ended).code, 0);
  assert.deepEqual(startOf(at("picture.jpg")), JPEG);
});

test("what_validation_refuses_and_what_is_typed_wrong_is_exit_code_2_with_nothing_sent", async (t) => {
  const { run, emulator, at, pictures } = await workshop(t);
  writeFileSync(at("notes.txt"), "no picture");
  const cases = [
    [["A kite", "--param", "resolution=3K"], "validation_failed", "params.resolution"],
    [["A kite", "--reference", "notes.txt"], "validation_failed", "references[0]"],
    [[], "validation_failed", "prompt"],
    [["A", "kite"], "usage"],
    [["A kite", "--param", "resolution"], "usage"],
    [["A kite", "--param", "seed:=many"], "usage"],
    [["A kite", "--nope"], "usage"],
    [["A kite", "--reference", "absent.jpg"], "usage"],
    [["A kite", "--out", "absent/picture.jpg"], "usage"],
    [["A kite", "--out", "state/.."], "usage"],
    [["A kite", "--idempotency-key", "\u00e9"], "usage"],
    [["A kite", "--validation", "lax"], "usage"],
    [["A kite", "--forget"], "usage"],
    [["A kite", "--idempotency-key", "k", "--forget"], "usage"],
    [["--idempotency-key", "\u00e9"], "usage"],
  ];
  for (const [args, expected, path] of cases) {
    const { code, out, err } = await run("generate", "--json", ...args).ended;
    assert.equal(code, 2, `${args}: ${err}`);
    const { error, mayHaveBeenCharged } = JSON.parse(out);
    assert.deepEqual(
      [error.code, mayHaveBeenCharged, error.issues.map((issue) => issue.path)],
      [expected, false, path ? [path] : []],
      args.join(" "),
    );
    if (path)
      assert.ok(
        err.split("\n").some((line) => line.startsWith(`  ${path}: `)),
        err,
      );
  }
  assert.deepEqual(emulator.ledger().requests, {});
  assert.deepEqual(pictures(), ["notes.txt"]);
});

test("a_parameter_is_text_unless_the_model_wants_what_it_says", async (t) => {
  const sent = [];
  const outcome = (request) => (sent.push(request.params), "succeeded");
  const { run } = await workshop(t, { outcome });
  for (const args of [
    ["ideogram-v3", "seed=7"],
    ["google-imagen4", "seed=7"],
    ["nano-banana-2", 'resolution:="2K"'],
  ]) {
    const [model, param] = args;
    const { code, err } = await run("generate", "A kite", "--model", model, "--param", param).ended;
    assert.equal(code, 0, err);
  }
  assert.deepEqual(sent, [{ seed: 7 }, { seed: "7" }, { resolution: "2K" }]);
});

test("what_the_api_refuses_and_what_fails_there_is_exit_code_1", async (t) => {
  for (const [options, expected] of [
    [{ credits: 0 }, "insufficient_credits"],
    [{ outcome: "failed" }, "generation_failed"],
    [{ apiKeys: ["rvya_sk_other"] }, "api_key_invalid"],
  ]) {
    const { run, pictures, kept } = await workshop(t, options);
    const { code, out, err } = await run("generate", "A kite", "--json").ended;
    const { error, mayHaveBeenCharged, idempotencyKey } = JSON.parse(out);
    assert.deepEqual([code, error.code, mayHaveBeenCharged, idempotencyKey], [1, expected, false, null], err);
    assert.ok(err.includes(error.message));
    assert.deepEqual([pictures(), kept()], [[], []]);
  }
});

test("a_submission_without_an_answer_tells_its_key_and_asking_again_under_it_pays_once", async (t) => {
  let isDown = true;
  const { run, emulator, kept, at } = await workshop(t, { handlers: [answersLost(() => isDown)] });
  writeFileSync(at("photo.jpg"), smallJpeg());
  const args = ["generate", "Like this", "--reference", "photo.jpg", "--out", "picture.jpg"];
  const lost = await run(...args).ended;
  assert.equal(lost.code, 1);
  assert.equal(emulator.ledger().charges.length, 1);
  const [, key] = /--idempotency-key (\S+)/.exec(lost.err);
  assert.equal(kept().length, 1);
  isDown = false;
  const found = await run(...args, "--idempotency-key", key).ended;
  assert.equal(found.code, 0, found.err);
  // The reference was not sent anew: under another URL it would have been another request.
  assert.equal(emulator.ledger().requests["POST /api/v1/files"], 1);
  assert.deepEqual(
    emulator.ledger().charges.map(({ idempotencyKey }) => idempotencyKey),
    [key],
  );
  assert.deepEqual(startOf(at("picture.jpg")), JPEG);
  assert.deepEqual(kept(), []);
});

test("an_interruption_ends_it_at_once_and_says_that_the_generation_goes_on_and_how_to_come_back", async (t) => {
  const { run, emulator, pictures } = await workshop(t, { pace: NEVER });
  const { child, said, ended } = run("generate", "A kite", "--json");
  await until(() => said.err.includes("queue"), { what: "the queue" });
  const began = performance.now();
  child.kill("SIGINT");
  const { code, out, err } = await ended;
  assert.ok(performance.now() - began < 1_000);
  assert.equal(code, 130);
  const [{ id, idempotencyKey }] = emulator.ledger().charges;
  assert.match(err, new RegExp(`Generation ${id} goes on`));
  assert.ok(err.includes(`--idempotency-key ${idempotencyKey}`), err);
  const told = JSON.parse(out);
  assert.deepEqual(
    [told.error.code, told.id, told.idempotencyKey, told.mayHaveBeenCharged],
    ["interrupted", id, idempotencyKey, true],
  );
  assert.deepEqual(pictures(), []);
});

test("an_interruption_before_the_submission_says_that_nothing_was_paid", async (t) => {
  const uploads = [];
  const hanging = (request) => (request.url.endsWith("/files") ? new Promise(() => uploads.push(request)) : undefined);
  const { run, emulator, at } = await workshop(t, { handlers: [hanging] });
  writeFileSync(at("photo.jpg"), smallJpeg());
  const { child, ended } = run("generate", "A kite", "--reference", "photo.jpg");
  await until(() => uploads.length > 0, { what: "an upload" });
  child.kill("SIGINT");
  const { code, err } = await ended;
  assert.equal(code, 130);
  assert.match(err, /Nothing was sent, nothing is paid/);
  assert.deepEqual(emulator.ledger().charges, []);
});

test("without_a_key_the_emulator_paints_from_a_photo_too_and_that_is_said", async (t) => {
  const { runWith, emulator, at, kept } = await workshop(t);
  writeFileSync(at("photo.jpg"), smallJpeg());
  const { code, out, err } = await runWith(
    { RIVYA_API_KEY: "", RIVYA_BASE_URL: "" },
    "generate",
    "A red kite",
    "--reference",
    "photo.jpg",
    "--out",
    "kite.jpg",
  ).ended;
  assert.equal(code, 0, err);
  assert.match(err, /^No RIVYA_API_KEY: the picture is painted by the emulator, nothing is paid$/m);
  assert.equal(out, "kite.jpg\n");
  assert.deepEqual(startOf(at("kite.jpg")), JPEG);
  assert.deepEqual([emulator.ledger().requests, kept()], [{}, []]);
});

test("a_place_without_a_key_is_refused_for_nobody_wants_another_one_to_answer", async (t) => {
  const { runWith, emulator, pictures } = await workshop(t);
  for (const args of [["A kite"], ["--idempotency-key", "k"]]) {
    const { code, out, err } = await runWith({ RIVYA_API_KEY: "" }, "generate", "--json", ...args).ended;
    assert.equal(code, 2, err);
    assert.equal(JSON.parse(out).error.code, "usage");
    assert.match(err, /^RIVYA_BASE_URL is set, but RIVYA_API_KEY is not\./);
  }
  assert.deepEqual([emulator.ledger().requests, pictures()], [{}, []]);
});

test("the_demo_page_comes_with_all_that_it_loads_and_an_api_on_its_origin", async (t) => {
  const { run } = await workshop(t);
  const { child, said, ended } = run("demo", "--port", "0");
  const [origin] = await until(() => /http:\/\/127\.0\.0\.1:\d+(?=\/\n)/.exec(said.out), {
    what: "the page's address",
  });
  const get = async (path) => {
    const response = await fetch(origin + path);
    assert.equal(response.status, 200, path);
    return Buffer.from(await response.arrayBuffer());
  };
  const html = (await get("/")).toString();
  assert.match(html, /<meta name="rivya-api" content="\/api\/rivya"/);
  const script = (await get("/demo.js")).toString();
  const loaded = [
    ...html.matchAll(/(?:src|href)="(\.?\/?[\w./-]+\.(?:js|css))"/g),
    ...script.matchAll(/"(\.\/vendor\/[^"]+)"/g),
  ].map(([, path]) => new URL(path, `${origin}/`).pathname);
  assert.ok(loaded.length >= 5, loaded.join());
  for (const path of loaded) await get(path);
  assert.deepEqual(await get("/vendor/rivya-wasm.js"), readFileSync(join(DIST, "index.browser.js")));
  assert.ok(JSON.parse(await get("/vendor/catalogue.json")).models.length > 0);
  const client = await createClient({ baseUrl: `${origin}/api/rivya` });
  t.after(() => client.free());
  assert.equal((await client.generations.create({ model: "nano-banana-2", prompt: "A kite" })).status, "queued");
  assert.equal((await fetch(`${origin}/api/rivya/generations`, { method: "POST", body: "{}" })).status, 403);
  assert.equal((await fetch(`${origin}/..%2fcli.js`)).status, 404);
  child.kill("SIGINT");
  assert.equal((await ended).code, 0);
});

test("a_demo_whose_port_is_taken_says_so", async (t) => {
  const { run } = await workshop(t);
  const first = run("demo", "--port", "0");
  const [, port] = await until(() => /127\.0\.0\.1:(\d+)/.exec(first.said.out), { what: "the page's address" });
  const { code, err } = await run("demo", "--port", port).ended;
  assert.equal(code, 1);
  assert.match(err, new RegExp(`^Port ${port} is in use\\.`));
});
