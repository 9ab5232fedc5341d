// What is paid for is not lost where its bytes can't be had: no file is written, the journal keeps the entry, and the
// command says how to fetch it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { workshop } from "./workshop.mjs";

const DAY_MS = 86_400_000;
const JPEG = [0xff, 0xd8, 0xff];
const LOGIN = "<!doctype html><title>Sign in</title><form><input name=password></form>";
const AT_ONCE = { "Retry-After": "0" };
const TOLD = "Sent by earlier runs, and not fetched yet:";

const isResult = ({ url }) => new URL(url).pathname.startsWith("/results/");
const isGeneration = ({ url }) => new URL(url).pathname.includes("/generations");

/** A server whose answers for results are `answer(request)`, while `isBroken()`. */
const resultsAs = (answer) => (isBroken) => (request) =>
  isBroken() && isResult(request) ? answer(request) : undefined;

/** A server that tells of a result of a generation what `result(given)` makes of it, while `isBroken()`. */
const resultToldAs = (result) => (isBroken) => async (request, emulator) => {
  if (!isBroken() || !isGeneration(request)) return undefined;
  const response = await emulator.fetch(request);
  const generation = await response.json();
  if (generation.result) generation.result = result(generation.result);
  return Response.json(generation, { status: response.status });
};

const redirected = ({ url }) => new Response(null, { status: 302, headers: { Location: url } });
const aThousand = ({ primary_url: url }) => ({ urls: Array(1_000).fill(`${url}.absent`) });
const BROKEN = {
  with_a_503: resultsAs(() => new Response("Try later", { status: 503, headers: AT_ONCE })),
  with_a_404: resultsAs(() => new Response("Gone", { status: 404 })),
  with_the_html_of_a_login_page: resultsAs(() => new Response(LOGIN, { headers: { "Content-Type": "text/html" } })),
  with_html_that_says_it_is_a_picture: resultsAs(
    () => new Response(LOGIN, { headers: { "Content-Type": "image/jpeg" } }),
  ),
  with_nothing: resultsAs(() => new Response(null, { headers: { "Content-Type": "image/jpeg" } })),
  with_a_204: resultsAs(() => new Response(null, { status: 204 })),
  with_a_202: resultsAs(() => Response.json({ status: "preparing" }, { status: 202 })),
  with_redirects_without_an_end: resultsAs(redirected),
  with_a_connection_that_is_cut: resultsAs(() => Promise.reject(new Error("cut by the test"))),
  by_a_result_that_is_null: resultToldAs(() => null),
  by_a_result_without_urls: resultToldAs(() => ({})),
  by_urls_that_are_no_texts: resultToldAs(() => ({ urls: [{ url: 7 }, null], primary_url: 5 })),
  by_a_thousand_urls_that_lead_nowhere: resultToldAs(aThousand),
  by_a_url_that_is_none: resultToldAs(() => ({ urls: ["../../etc/passwd"] })),
};

/** The files of submissions among those that are kept: how long each model took is kept there, too. */
const submissions = (kept) => kept().filter((file) => !readFileSync(file, "utf8").includes("rivya-wasm/durations/"));

function age(file, ms) {
  const { key, text } = JSON.parse(readFileSync(file, "utf8"));
  const entry = JSON.parse(text);
  // `JSON.stringify` leaves out what is undefined.
  const deliveredMs = entry.deliveredMs && entry.deliveredMs - ms;
  const older = { ...entry, startedMs: entry.startedMs - ms, deliveredMs };
  writeFileSync(file, JSON.stringify({ key, text: JSON.stringify(older) }));
}

async function losesNothing(t, broken) {
  let isBroken = true;
  const { run, emulator, pictures, kept, at } = await workshop(t, { handlers: [broken(() => isBroken)] });
  const failed = await run("generate", "A red kite", "--out", "kite.jpg", "--json").ended;
  assert.equal(failed.code, 1, failed.err);
  assert.deepEqual(pictures(), []);
  const [{ id, idempotencyKey: key }] = emulator.ledger().charges;
  assert.match(failed.out, /^\{.*\}\n$/, failed.err);
  const told = JSON.parse(failed.out);
  assert.deepEqual([told.id, told.idempotencyKey, told.mayHaveBeenCharged, told.files], [id, key, true, []]);
  assert.ok(told.urls.every((url) => typeof url === "string"));
  assert.match(failed.err, new RegExp(`^Generation ${id} is made, and paid for`, "m"));
  assert.ok(failed.err.split("\n").includes(`  rivya-wasm generate --idempotency-key ${key}`), failed.err);
  assert.equal(submissions(kept).length, 1);

  // Days later the next run tells of it still, and fetches it for nothing.
  age(submissions(kept)[0], 3 * DAY_MS);
  isBroken = false;
  const next = await run("generate", "A blue kite", "--out", "blue.jpg").ended;
  assert.equal(next.code, 0, next.err);
  assert.ok(next.err.includes(TOLD) && next.err.includes(`--idempotency-key ${key}`), next.err);
  const fetched = await run("generate", "--idempotency-key", key, "--out", "kite.jpg").ended;
  assert.equal(fetched.code, 0, fetched.err);
  assert.deepEqual([...readFileSync(at("kite.jpg")).subarray(0, 3)], JPEG);
  assert.equal(emulator.ledger().charges.length, 2);
  assert.deepEqual(submissions(kept), []);
}

for (const [how, broken] of Object.entries(BROKEN)) {
  test(`a_download_that_fails_${how}_loses_nothing`, (t) => losesNothing(t, broken));
}

test("a_server_chooses_no_place_and_no_file_that_lies_there", async (t) => {
  const CASES = { "../../photo": "______photo", "-rf": "_rf", con: "_con", "a/b\\c:d": "a_b_c_d", photo: "photo-2" };
  for (const [id, name] of Object.entries(CASES)) {
    let real;
    const renamed = async (request, emulator) => {
      if (!isGeneration(request)) return undefined;
      const own = new URL(`/api/v1/generations/${real}`, request.url);
      const asked = request.method === "GET" ? new Request(own, { headers: request.headers }) : request;
      const generation = await (await emulator.fetch(asked)).json();
      real = generation.id;
      return Response.json({ ...generation, id });
    };
    const { run, pictures, at } = await workshop(t, { handlers: [renamed] });
    writeFileSync(at("photo.jpg"), "mine");
    const { code, out, err } = await run("generate", "A red kite", "--force").ended;
    assert.equal(code, 0, err);
    assert.equal(out, `${name}.jpg\n`);
    assert.deepEqual(pictures(), [`${name}.jpg`, "photo.jpg"].sort());
    assert.equal(readFileSync(at("photo.jpg"), "utf8"), "mine");
  }
});

test("a_type_that_is_a_servers_word_names_no_ending_that_the_table_lacks", async (t) => {
  for (const type of ["constructor/x", "__proto__", "video/mp4; x=../../y", "x/../../y"]) {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const typed = resultsAs(() => new Response(bytes, { headers: { "Content-Type": type } }))(() => true);
    const { run, pictures } = await workshop(t, { handlers: [typed] });
    const { code, out, err } = await run("generate", "A red kite").ended;
    // Whether bytes of no known kind are a result is the client's to say.
    const expected = code === 0 ? /^\w+\.(bin|mp4)\n$/ : /^$/;
    assert.match(out, expected, err);
    assert.deepEqual(pictures(), out.split("\n").slice(0, -1));
  }
});
