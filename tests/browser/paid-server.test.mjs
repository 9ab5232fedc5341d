// What `npm start` serves where it is given a key: the page before the real API, which an emulator on a server of its
// own plays here.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { after, before, test } from "node:test";
import { createEmulator } from "rivya-wasm/emulator";
import { startPaidServer } from "../../build/serve.mjs";
import { serveEmulator } from "../../dist/server.js";
import { INSTANT, api, png } from "../emulator/api.mjs";
import { launchChromium } from "../support/browsers.mjs";
import { openPage } from "../support/page.mjs";
import { until } from "../support/until.mjs";

/** Its end occurs nowhere else, so that a part of it would be found, too. */
const KEY = "rvya_sk_0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const CLIENT = { "X-Rivya-Client": "test" };

let upstream;
let server;
let asked;
before(async () => {
  upstream = await serveEmulator((publicUrl) =>
    createEmulator({ publicUrl, apiKeys: [KEY], pace: INSTANT, cors: false }),
  );
  server = await startPaidServer({ apiKey: KEY, upstream: `${upstream.origin}/api/v1` });
  asked = api(fetch, `${server.url}api/rivya`, null);
});
after(async () => {
  await server?.close();
  await upstream?.close();
});

/** Without fetch, which sets Host by itself. */
function statusOf(path, headers) {
  const { hostname: host, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host, port, path, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject);
    request.end();
  });
}

/** Everything of an answer that a page, or whoever looks over its shoulder, gets to see. */
async function seen(response) {
  return `${JSON.stringify([...response.headers])}${Buffer.from(await response.arrayBuffer()).toString("latin1")}`;
}

test("a_photo_becomes_a_picture_through_the_proxy_and_its_credits_are_those_of_the_key", async () => {
  const credits = async () => (await (await asked.get("/credits")).json()).current_credits;
  const before = await credits();
  const upload = await asked.upload(
    new File([png(8, 8, [200, 30, 30])], "a.png", { type: "image/png" }),
    { kind: "image", model: "nano-banana-2" },
    { headers: CLIENT },
  );
  const file = await upload.json();
  assert.equal(upload.status, 201, JSON.stringify(file));
  const request = {
    model: "nano-banana-2",
    prompt: "A kite",
    params: { referenceMediaItems: [{ url: file.url, kind: "image" }] },
  };
  const { id } = await (await asked.create(request, "a key", { headers: CLIENT })).json();
  const generation = await (await asked.get(`/generations/${id}`)).json();
  assert.equal(generation.status, "succeeded", JSON.stringify(generation));
  const picture = await asked.get(`/generations/${id}/results/0`);
  assert.deepEqual([picture.status, picture.headers.get("content-type")], [200, "image/jpeg"]);
  assert.equal(upstream.emulator.ledger().charges.length, 1);
  assert.equal(await credits(), before - generation.reserved_credits);
});

test("the_key_is_in_no_byte_that_a_page_receives", async () => {
  const files = readdirSync(new URL("../../www", import.meta.url), { recursive: true }).filter((name) =>
    /\.\w+$/.test(name),
  );
  assert.ok(files.includes("demo.js") && files.some((name) => name.startsWith("vendor")), `${files}`);
  const { id } = await (
    await asked.create({ model: "z-image", prompt: "A hill" }, "another key", { headers: CLIENT })
  ).json();
  const answers = [
    fetch(server.url),
    ...files.map((name) => fetch(server.url + name)),
    ...[
      "/credits",
      "/models",
      `/generations/${id}`,
      `/generations/${id}/results/0`,
      `/generations/${id}/results/1`,
      "/generations/task_1",
      "/nothing",
    ].map((path) => asked.get(path)),
    asked.create({ model: "z-image", prompt: "A hill" }, "another key", { headers: CLIENT }),
    asked.create({ model: "z-image" }, "a third key", { headers: CLIENT }),
    asked.create({ model: "z-image", prompt: "A hill" }, "a fourth key"),
    asked.upload(new File(["no picture"], "a.png"), { kind: "image" }, { headers: CLIENT }),
    fetch(`${server.url}nothing`),
  ];
  for (const pending of answers) {
    const response = await pending;
    const bytes = await seen(response);
    assert.ok(!bytes.includes(KEY.slice(-12)) && !bytes.includes(Buffer.from(KEY).toString("base64")), response.url);
  }
});

test("only_this_machine_by_its_own_name_and_only_the_page_itself_are_let_in", async () => {
  const { port, host } = new URL(server.url);
  for (const path of ["/", "/api/rivya/credits"]) {
    assert.equal(await statusOf(path, { Host: host }), 200, path);
    assert.equal(await statusOf(path, { Host: `localhost:${port}` }), 200, path);
    for (const foreign of [`example.com:${port}`, "example.com", `127.0.0.1.example.com:${port}`])
      assert.equal(await statusOf(path, { Host: foreign }), 403, foreign);
    assert.equal(await statusOf(path, { Host: host, Origin: "https://example.com" }), 403, path);
  }
  const credits = (headers) => statusOf("/api/rivya/credits", { Host: host, ...headers });
  assert.equal(await credits({ Origin: `http://${host}` }), 200);
  // A page of another server on this machine is another site's, too.
  assert.equal(await credits({ Origin: "http://localhost:5173" }), 403);
  assert.equal(await credits({ "Sec-Fetch-Site": "cross-site" }), 403);
  assert.equal(await statusOf("/api/rivya/../v1/credits", { Host: host }), 404);
});

test("a_post_without_the_clients_header_is_refused_and_costs_nothing", async () => {
  const before = upstream.emulator.ledger().charges.length;
  assert.equal((await asked.create({ model: "z-image", prompt: "A hill" }, "a fifth key")).status, 403);
  assert.equal(upstream.emulator.ledger().charges.length, before);
});

test("an_address_of_the_api_that_is_not_safe_is_refused_by_name_without_the_key", async () => {
  for (const wrong of ["http://example.com/api/v1", "https://user:word@example.com/api/v1", "nonsense"]) {
    await assert.rejects(
      startPaidServer({ apiKey: KEY, upstream: wrong }),
      (error) => /upstream/.test(error.message) && !error.message.includes(KEY),
      wrong,
    );
  }
});

test("the_page_says_that_pictures_cost_credits_and_shows_one_that_it_may_not_read_where_it_lies", async (t) => {
  const browser = await launchChromium();
  t.after(() => browser.close());
  const { page } = await openPage(browser, server.url);
  assert.match(
    await page.locator("#badge").textContent(),
    /^Real API \(127\.0\.0\.1:\d+\), pictures cost credits: proxy at \/api\/rivya$/,
  );
  await page.locator("#prompt").fill("A kite");
  await page.locator("#generate").click();
  const picture = page.locator("#pictures img");
  await picture.waitFor();
  await until(() => picture.evaluate(({ complete, naturalWidth }) => complete && naturalWidth > 0), {
    what: "the picture is shown",
  });
  assert.match(await picture.getAttribute("src"), /^blob:/);
  assert.ok(!(await page.content()).includes(KEY));
});
