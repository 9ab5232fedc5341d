/** The emulator in a page: its deliveries leave the page by its own fetch, and what it can't reach it tries again. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { verifyWebhook } from "rivya-wasm/edge";
import { launchChromium } from "../support/browsers.mjs";
import { openReadyPage } from "../support/page.mjs";
import { startReceiver } from "../support/receiver.mjs";
import { serveStatic } from "../../build/static-server.mjs";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = `<!doctype html><title>webhooks</title><script type="module">
  import { createClient } from "/dist/index.browser.js";
  import { createEmulator } from "/dist/emulator.browser.js";
  globalThis.submit = async (webhooks) => {
    const emulator = await createEmulator({ pace: { queuedMs: 0, processingMs: 0 }, webhooks });
    const client = await createClient(emulator.options);
    return (await client.generations.create({ model: "z-image", prompt: "a kite" })).id;
  };
</script>`;
/** The receiver is another origin: the page's fetch asks first. */
const ALLOWED = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "content-type, webhook-id, webhook-timestamp, webhook-signature",
};

describe("webhooks of an emulator in a page", () => {
  let pages;
  let browser;
  let page;

  before(async () => {
    pages = await serveStatic({ folders: { "/dist/": `${ROOT}dist` }, pages: { "/": PAGE } });
    browser = await launchChromium();
    page = await openReadyPage(browser, pages.origin, (opened) => opened.waitForFunction("globalThis.submit"));
  });
  after(async () => {
    await browser?.close();
    await pages?.close();
  });

  test("a_delivery_arrives_genuine_and_a_refused_one_comes_again", async (t) => {
    const statuses = [500, 204];
    const posts = [];
    let told;
    const taken = new Promise((resolve) => (told = resolve));
    const receiver = await startReceiver((delivery, response) => {
      if (delivery.method === "OPTIONS") return response.writeHead(204, ALLOWED).end();
      posts.push(delivery);
      const status = statuses.shift();
      response.writeHead(status, ALLOWED).end();
      if (status === 204) told();
    });
    t.after(() => receiver.close());
    const id = await page.evaluate((webhooks) => globalThis.submit(webhooks), { url: receiver.url, secret: SECRET });
    await taken;
    assert.equal(posts.length, 2);
    for (const { body, headers } of posts) {
      const { type, generation } = await verifyWebhook({ body, headers }, { secret: SECRET });
      assert.deepEqual([type, generation.id], ["generation.succeeded", id]);
    }
    assert.equal(posts[0].headers["webhook-id"], posts[1].headers["webhook-id"]);
  });
});
