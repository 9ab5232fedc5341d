// The README's sample for a page, as it stands there: bundled, opened in Chromium, its own server played by an
// emulator.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { createEmulator } from "rivya-wasm/emulator";
import { forwardToEmulator, serveEmulator } from "../../dist/server.js";
import { launchChromium } from "../support/browsers.mjs";
import { drawPhoto, openPage } from "../support/page.mjs";
import { samplesOf } from "../support/readme.mjs";

const ROOT = new URL("../../", import.meta.url);
const PAGE = `<!doctype html><title>sample</title><link rel="icon" href="data:,"><input type="file" multiple>`;

let browser;
let server;
before(async () => {
  const [{ code }] = samplesOf("README.md").filter(({ name }) => name === "page");
  const stdin = { contents: code, loader: "ts", resolveDir: ROOT.pathname };
  const bundled = await build({ stdin, bundle: true, format: "esm", platform: "browser", write: false });
  const files = { "/": ["text/html", PAGE], "/sample.js": ["text/javascript", bundled.outputFiles[0].text] };
  const page = ({ url }) => {
    const [type, body] = files[new URL(url).pathname] ?? [];
    return body && new Response(body, { headers: { "Content-Type": type } });
  };
  server = await serveEmulator((publicUrl) => createEmulator({ publicUrl }), { handlers: [page, forwardToEmulator()] });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test("the_sample_for_a_page_makes_a_picture_of_the_chosen_files", async () => {
  const { page, complaints, context } = await openPage(browser, `${server.origin}/`);
  const phases = [];
  page.on("console", (message) => phases.push(message.text()));
  await page.setInputFiles("input", [await drawPhoto(page, "one.png", 10), await drawPhoto(page, "two.png", 90)]);
  await page.evaluate(() => import("/sample.js"));
  await page.waitForFunction(() => document.querySelector("body > img")?.naturalWidth > 0);
  assert.deepEqual([...new Set(phases)], ["uploading", "submitting", "queued", "processing"]);
  assert.deepEqual(
    server.emulator.ledger().charges.map(({ credits }) => credits),
    [5],
  );
  assert.deepEqual(complaints, []);
  await context.close();
});
