/**
 * A secret key in a page or a page's worker is refused before anything is loaded or sent, unless the page says that it
 * knows.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, beforeEach, describe, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { openReadyPage } from "../support/page.mjs";
import { SECOND_SERVER_KEY, startSecondServer } from "../support/second-server.mjs";
import { serveStatic } from "../../build/static-server.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = `<!doctype html><title>key</title><script type="module" src="/attempt.js"></script>`;
const ATTEMPT = `
  import { createClient, RivyaError } from "/dist/index.browser.js";
  globalThis.attempt = async (options) => {
    try {
      const client = await createClient(options);
      const credits = await client.credits.retrieve();
      client.free();
      return { credits };
    } catch (error) {
      const { code, status, attempts, retryable, message, stack } = error;
      const told = message + stack + JSON.stringify(error);
      return { ours: error instanceof RivyaError, code, status, attempts, retryable, told };
    }
  };
  globalThis.inWorker = (options) => new Promise((resolve, reject) => {
    const worker = new Worker("/attempt.js", { type: "module" });
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }) => {
      if (data === "ready") return worker.postMessage(options);
      worker.terminate();
      resolve(data);
    };
  });
  if (typeof document === "undefined") {
    onmessage = async ({ data }) => postMessage(await attempt(data));
    postMessage("ready");
  }
`;

describe("a key in a browser", () => {
  let api;
  let pages;
  let browser;
  let page;

  before(async () => {
    api = await startSecondServer();
    pages = await serveStatic({ folders: { "/dist/": `${ROOT}dist` }, pages: { "/": PAGE, "/attempt.js": ATTEMPT } });
    browser = await launchChromium();
    page = await openReadyPage(browser, pages.origin, (opened) => opened.waitForFunction("globalThis.attempt"));
  });
  beforeEach(() => api.reset());
  after(async () => {
    await browser?.close();
    await pages?.close();
    await api?.stop();
  });

  const WHERE = [
    ["a page", (options) => page.evaluate((given) => globalThis.attempt(given), options)],
    ["a page's worker", (options) => page.evaluate((given) => globalThis.inWorker(given), options)],
  ];
  for (const [where, attempt] of WHERE) {
    for (const [how, secret] of [
      ["apiKey", { apiKey: SECOND_SERVER_KEY }],
      ["a header", { headers: { Authorization: `Bearer ${SECOND_SERVER_KEY}` } }],
    ]) {
      test(`in ${where}, by ${how}, it is a browser_key, never repeated in the error, and nothing is sent`, async () => {
        const { told, ...error } = await attempt({ baseUrl: api.baseUrl, ...secret });
        assert.deepEqual(error, { ours: true, code: "browser_key", status: null, attempts: 0, retryable: false }, told);
        assert.ok(!told.includes(SECOND_SERVER_KEY), told);
        assert.match(told, /dangerouslyAllowBrowser/, "what would be right");
        assert.deepEqual((await api.state()).requests, []);
      });

      test(`in ${where}, by ${how}, it is sent where the page says that it knows`, async () => {
        const answer = await attempt({ baseUrl: api.baseUrl, dangerouslyAllowBrowser: true, ...secret });
        assert.deepEqual(answer, { credits: { current_credits: 100 } });
      });
    }
  }

  test("without_a_key_a_page_talks_to_its_own_origins_proxy", async () => {
    const asked = page.waitForRequest((request) => new URL(request.url()).pathname.startsWith("/api/"));
    const { code, status } = await page.evaluate(() => globalThis.attempt({ maxRetries: 0 }));
    const request = await asked;
    assert.equal(request.url(), `${pages.origin}/api/rivya/credits`);
    assert.equal((await request.allHeaders()).authorization, undefined);
    assert.equal(status, 404, code);
  });
});
