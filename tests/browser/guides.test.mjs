// The page of the page guide, its markup and its script as they stand there, in Chromium: its own server is played by
// an emulator.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { createEmulator } from "rivya-wasm/emulator";
import { forwardToEmulator, serveEmulator } from "../../dist/server.js";
import { launchChromium } from "../support/browsers.mjs";
import { drawPhoto, openPage } from "../support/page.mjs";
import { fencesOf, samplesOf } from "../support/readme.mjs";

const GUIDE = "docs/page.md";
const POLICY = "script-src 'self' 'wasm-unsafe-eval'";

let browser;
let server;
before(async () => {
  const { code: contents } = samplesOf(GUIDE).find(({ name }) => name === "page");
  const { code: markup } = fencesOf(GUIDE).find(({ language }) => language === "html");
  const bundled = await build({
    stdin: { contents, loader: "ts", resolveDir: new URL("../../", import.meta.url).pathname },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const script = '<script type="module" src="/page.js"></script>';
  const html = `<!doctype html><title>guide</title><link rel="icon" href="data:,">${markup}${script}`;
  const files = { "/": ["text/html", html], "/page.js": ["text/javascript", bundled.outputFiles[0].text] };
  const page = ({ url }) => {
    const [type, body] = files[new URL(url).pathname] ?? [];
    return body && new Response(body, { headers: { "Content-Type": type, "Content-Security-Policy": POLICY } });
  };
  const pace = { queuedMs: 0, processingMs: 4_000 };
  server = await serveEmulator((publicUrl) => createEmulator({ publicUrl, pace }), {
    handlers: [page, forwardToEmulator()],
  });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test("the_page_shows_what_is_wrong_makes_the_picture_and_takes_up_what_a_closed_tab_left", async (t) => {
  const { page, complaints, context } = await openPage(browser, `${server.origin}/`);
  t.after(() => context.close());
  const said = (text) =>
    page.waitForFunction((text) => document.querySelector("output").textContent.includes(text), text);
  const shown = (page) => page.waitForFunction(() => document.querySelector("body > img")?.naturalWidth > 0);

  await page.fill("[name=prompt]", "x".repeat(20_001));
  await page.click("button");
  await said("prompt ");
  assert.equal(server.emulator.ledger().charges.length, 0);

  await page.fill("[name=prompt]", "A lighthouse");
  await page.setInputFiles("[name=photos]", [await drawPhoto(page, "one.png", 10)]);
  await page.click("button");
  await said("processing");
  assert.ok(await page.locator("button").isDisabled());
  await page.close();

  const next = await context.newPage();
  await next.goto(`${server.origin}/`);
  await shown(next);
  assert.equal(server.emulator.ledger().charges.length, 1);

  // Without a photo: what an empty file field holds is no photo.
  await next.fill("[name=prompt]", "A hill");
  await next.click("button");
  await next.waitForFunction(() => document.querySelectorAll("body > img").length === 2);
  assert.equal(server.emulator.ledger().charges.length, 2);
  assert.deepEqual(complaints, []);
});
