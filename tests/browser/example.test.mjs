// The page of examples/worker, as a visitor meets it: Chromium, the Worker in workerd, an emulator of the API behind
// it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startExample } from "../../build/example-server.mjs";
import { launchChromium } from "../support/browsers.mjs";
import { drawPhoto, openPage } from "../support/page.mjs";

let example;
let browser;
before(async () => {
  example = await startExample({ emulator: { pace: { queuedMs: 100, processingMs: 100 } } });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await example?.stop();
});

test("a_visitor_makes_a_picture_from_a_prompt_and_a_photo_and_no_key_is_seen", async () => {
  const { page, context, requests } = await openPage(browser, `${example.origin}/`);
  const [cookie] = await context.cookies();
  assert.deepEqual(
    [cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite],
    ["__Host-session", true, true, "Lax"],
  );
  assert.equal(await page.evaluate(() => document.cookie), "");

  await page.fill("[name=prompt]", "a green field");
  await page.setInputFiles("[name=photos]", await drawPhoto(page, "photo.png", 120));
  await page.click("button");
  await page.waitForSelector("#picture:not([hidden])");
  const picture = await page.locator("#picture").evaluate(async (image) => {
    await image.decode();
    return { width: image.naturalWidth, alt: image.alt };
  });
  assert.ok(picture.width > 0);
  assert.equal(picture.alt, "a green field");
  assert.equal(await page.textContent("#status"), "");
  assert.equal(example.emulator.ledger().charges.length, 1);
  const asked = requests.filter((url) => new URL(url).pathname.startsWith("/api/"));
  assert.ok(
    asked.length >= 3 && asked.every((url) => url.startsWith(`${example.origin}/api/rivya/`)),
    asked.join("\n"),
  );
  await context.close();
});

test("what_is_refused_is_said_in_the_page_and_it_can_be_tried_again", async () => {
  const { page, context } = await openPage(browser, `${example.origin}/`);
  await context.clearCookies();
  await page.click("button");
  await page.waitForFunction(() => document.querySelector("#status").textContent.includes("doesn't know who calls"));
  assert.equal(await page.isEnabled("button"), true);
  await page.reload();
  await page.click("button");
  await page.waitForSelector("#picture:not([hidden])");
  await context.close();
});
