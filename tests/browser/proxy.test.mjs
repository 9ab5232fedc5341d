/**
 * A page and its proxy from one Worker: the page's client is given no option at all, and the key never leaves the
 * Worker.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { launchChromium } from "../support/browsers.mjs";
import { openPage } from "../support/page.mjs";
import { noisePng } from "../support/pictures.mjs";
import { edgeModules } from "../support/runtimes.mjs";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";

const API_KEY = "rvya_sk_emulator";
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

let api;
let workerd;
let browser;
const seen = [];
before(async () => {
  const record = async (request) => {
    const entry = {
      what: `${request.method} ${new URL(request.url).pathname}`,
      cookie: request.headers.get("cookie"),
      origin: request.headers.get("origin"),
    };
    if (entry.what === "POST /api/v1/files") entry.body = Buffer.from(await request.clone().arrayBuffer());
    seen.push(entry);
    return undefined;
  };
  // Without CORS, as the API may be: what the page gets, it gets through the proxy.
  const emulator = (publicUrl) =>
    createEmulator({ apiKeys: [API_KEY], publicUrl, cors: false, pace: { queuedMs: 50, processingMs: 50 } });
  api = await serveEmulator(emulator, { handlers: [record] });
  workerd = await startWorkerd({
    compatibilityDate: newestCompatibilityDate(),
    modules: { ...edgeModules("tests/browser/proxy-worker.mjs"), "client.txt": path("../../dist/index.browser.js") },
    bindings: {
      API_KEY,
      SIGNING_KEY: "the signing key of these tests, longer than 32 bytes",
      UPSTREAM: `${api.origin}/api/v1`,
    },
  });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await workerd?.stop();
  await api?.close();
});

test("a_page_uploads_generates_and_downloads_through_the_proxy_of_its_own_origin", async () => {
  const { page, context, complaints, requests } = await openPage(browser, `${workerd.origin}/`);
  const photo = noisePng({ maxBytes: 2_000_000 });
  const made = await page.evaluate(async (base64) => {
    const { createClient } = await import("/client.js");
    const client = await createClient();
    const photo = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "image/png" });
    const models = await client.models.list();
    const generation = await client.generate({ model: "nano-banana-2", prompt: "a hill", references: [photo] });
    const [picture] = await client.download(generation);
    const { width, height } = await createImageBitmap(picture);
    const foreign = await client.generations.retrieve(generation.id.replace(/.$/, "_")).catch(({ code }) => code);
    return {
      models: models.data.length,
      id: generation.id,
      status: generation.status,
      type: picture.type,
      size: picture.size,
      pixels: width * height,
      foreign,
    };
  }, photo.toString("base64"));
  assert.ok(made.models > 0 && made.size > 1_000 && made.pixels > 100_000);
  assert.deepEqual([made.status, made.foreign], ["succeeded", "not_found"]);
  assert.match(made.id, /\.[\w-]{22}$/);
  assert.match(made.type, /^image\//);

  const { body } = seen.find(({ what }) => what === "POST /api/v1/files");
  const start = body.indexOf(photo.subarray(0, 64));
  const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
  assert.equal(digest(body.subarray(start, start + photo.length)), digest(photo));
  assert.ok(seen.some(({ what }) => what.startsWith("GET /results/")));
  for (const { what, cookie, origin } of seen.filter(({ what }) => what.includes("/api/v1/")))
    assert.deepEqual([cookie, origin], [null, null], what);
  assert.ok(
    requests.some((url) => /\/api\/rivya\/generations\/[^/]+\/results\/0$/.test(url)),
    "the result came through the proxy",
  );

  assert.deepEqual(
    (await context.cookies()).map(({ name, httpOnly }) => [name, httpOnly]),
    [["session", true]],
    "the session is the page's, of which no script sees a thing",
  );
  // A result is first asked for where it lies, which the page may not read; one id was wrong on purpose.
  assert.deepEqual(
    complaints.filter((line) => !/CORS policy|ERR_FAILED|status of 404/.test(line)),
    [],
  );
  await context.close();
});
