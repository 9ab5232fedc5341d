/**
 * Browsers send a POST again by themselves where a connection that they reuse is lost before its answer (RFC 9110 9.2.2
 * forbids it, all do it). So the API may see a submission twice that the client has made once, and say of its very
 * first attempt that the key is in use.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator } from "rivya-wasm/emulator";
import { serveStatic } from "../../build/static-server.mjs";
import { serveEmulator } from "../../dist/server.js";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";

const PAGE = `<!doctype html><meta charset="utf-8"><title>repeats</title><script type="module">
  const { createClient } = await import("/dist/index.browser.js");
  globalThis.generateOn = async (baseUrl) => {
    const statuses = [];
    const counting = async (input, init) => {
      const response = await fetch(input, init);
      if (init.method === "POST") statuses.push(response.status);
      return response;
    };
    const options = { baseUrl, apiKey: "rvya_sk_emulator", dangerouslyAllowBrowser: true, fetch: counting };
    const client = await createClient(options);
    // The connection that the submission will reuse.
    await client.credits.retrieve();
    const { status } = await client.generate({ model: "z-image", prompt: "a hill" });
    return { status, statuses };
  };
  globalThis.isReady = true;
</script>`;

describe("a submission that the browser repeats by itself", () => {
  for (const [name, launch] of Object.entries({ Chromium: launchChromium, Firefox: launchFirefox })) {
    test(`is waited out in ${name}, charged once and delivered`, async () => {
      const statics = await serveStatic({
        folders: { "/dist/": fileURLToPath(new URL("../../dist", import.meta.url)) },
        pages: { "/": PAGE },
      });
      let submissions = 0;
      const losesTheFirstAnswer = async (request, emulator) => {
        if (request.method !== "POST" || (submissions += 1) > 1) return undefined;
        await emulator.fetch(request);
        throw new Error("the connection is lost");
      };
      const api = await serveEmulator(
        (publicUrl) =>
          createEmulator({
            pace: { queuedMs: 300, processingMs: 300 },
            idempotency: "conflict_while_running",
            publicUrl,
          }),
        {
          handlers: [losesTheFirstAnswer],
        },
      );
      const browser = await launch();
      try {
        const page = await browser.newPage();
        await page.goto(statics.origin);
        await page.waitForFunction("globalThis.isReady");
        const { status, statuses } = await page.evaluate((url) => globalThis.generateOn(url), `${api.origin}/api/v1`);
        assert.equal(statuses[0], 409, "the first answer that the page saw was to the browser's own repeat");
        assert.equal(submissions, statuses.length + 1);
        assert.equal(status, "succeeded");
        assert.equal(api.emulator.ledger().charges.length, 1);
      } finally {
        await browser.close();
        await api.close();
        await statics.close();
      }
    });
  }
});
