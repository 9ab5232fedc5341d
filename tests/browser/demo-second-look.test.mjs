/**
 * The demo page as its visitors meet it: in their language, by a screen reader, light and dark, on a phone and a slow
 * line.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { drawPhoto, openPage } from "../support/page.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const SCREENSHOTS = path("../../target/screenshots");
const AXE = readFileSync(path("../../node_modules/axe-core/axe.min.js"), "utf8");

/** The page's two tables of words, from its own source. */
function tablesOfWords() {
  const source = readFileSync(path("../../www/demo.js"), "utf8");
  const tables = source.slice(source.indexOf("const ENGLISH"), source.indexOf("const LANGUAGES"));
  return new Function(`${tables}; return { ENGLISH, DUTCH };`)();
}

/** The paths of a table with the kind of each word: a text, or a function of so many values. */
function shapeOf(table, place = "") {
  return Object.entries(table).flatMap(([key, value]) => {
    // Names of parameters, and what is wrong with a field: English has the API's own, and the client's.
    if (["params", "issues"].includes(`${place}${key}`)) return [];
    if (typeof value === "object") return shapeOf(value, `${place}${key}.`);
    return [`${place}${key}: ${typeof value} ${typeof value === "function" ? value.length : ""}`];
  });
}

describe("the demo page, looked at again", () => {
  let browser;
  let server;
  before(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const { startServer } = await import("../../build/serve.mjs");
    [browser, server] = [await launchChromium(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  async function visit(options) {
    const opened = await openPage(browser, server.url, options);
    await opened.page.locator("#app").waitFor();
    return opened;
  }
  /** What axe finds, a line each. It is put in by the debugger: the page's policy lets no other script in. */
  async function complaintsOfAxe(page) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
  }

  test("has_every_word_in_both_languages", () => {
    const { ENGLISH, DUTCH } = tablesOfWords();
    assert.deepEqual(shapeOf(DUTCH).sort(), shapeOf(ENGLISH).sort());
    const { left } = DUTCH;
    assert.notEqual(left.running("video", "14:02"), ENGLISH.left.running("video", "14:02"));
  });

  for (const [locale, language, button] of [
    ["nl-NL", "nl", "Maken"],
    ["nl", "nl", "Maken"],
    ["en-GB", "en", "Generate"],
    ["de-DE", "en", "Generate"],
  ]) {
    test(`speaks_the_language_of_a_browser_set_to_${locale}`, async () => {
      const { page, context } = await visit({ locale });
      assert.equal(await page.getAttribute("html", "lang"), language);
      assert.equal(await page.textContent("#generate"), button);
      await context.close();
    });
  }

  test("in_dutch_makes_a_picture_and_tells_what_is_wrong", async () => {
    const { page, context, complaints } = await visit({ locale: "nl-NL" });
    await page.getByText("Beeldverhouding").waitFor();
    assert.equal(
      await page.getByText("Aspect ratio").count(),
      0,
      "what only repeats the name isn't said again in English",
    );
    await page.click("#generate");
    const error = page.locator('[data-path="prompt"] > .error');
    await error.waitFor();
    assert.match(await error.textContent(), /^Schrijf eerst een prompt\. /);
    assert.match(
      await error.locator("[lang=en]").textContent(),
      /missing/,
      "the client's own words are English, and marked so",
    );
    await page.screenshot({ path: `${SCREENSHOTS}/dutch-error.png` });
    assert.equal(await page.textContent("#status"), "Kijk nog eens naar één veld. Er is niets verstuurd.");
    await page.fill("#prompt", "Een rode vlieger boven de duinen");
    await page.setInputFiles("#file", await drawPhoto(page, "foto.png", 10));
    await page.screenshot({ path: `${SCREENSHOTS}/dutch-start.png` });
    await page.getByRole("button", { name: "Maken" }).click();
    await page.getByText("De afbeelding wordt gemaakt…").waitFor();
    await page.locator("#pictures img").waitFor();
    assert.match(await page.textContent("#status"), /^Klaar in \d+ s, voor 5 credits\.$/);
    await page.screenshot({ path: `${SCREENSHOTS}/dutch-done.png` });
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("in_dutch_says_what_went_wrong_and_keeps_the_english_of_the_api_behind_it", async () => {
    const { page, context } = await visit({ locale: "nl-NL" });
    await page.fill("#prompt", "Een rode vlieger");
    const REASON = "In the API's own words.";
    const cases = [
      [402, "insufficient_credits", /^Er zijn niet genoeg credits: dit kost er minstens 5, en er zijn er nog [\d.]+\./],
      [401, "unauthorized", /^Je wordt hier niet toegelaten\.$/],
      [401, "api_key_revoked", /^De API aanvaardt de sleutel van de server van deze pagina niet\.$/],
      [400, "validation_failed", /^De API heeft de opdracht geweigerd\.$/],
      [418, "brand_new", /^Er ging iets mis\.$/],
      // The last one: what is asked after it waits for these minutes.
      [429, "rate_limited", /^Te veel opdrachten\. Probeer het over 3 minuten opnieuw\.$/],
    ];
    for (const [status, code, words] of cases) {
      const json = { error: { code, message: REASON, requestId: "req_7" } };
      await page.route("**/generations", (route) => route.fulfill({ status, headers: { "Retry-After": "180" }, json }));
      await page.click("#generate");
      await page.waitForFunction(
        (reason) =>
          !document.getElementById("problem").hidden &&
          document.querySelector("#problem-detail [lang=en]").textContent === reason,
        REASON,
      );
      assert.match(await page.textContent("#problem-text"), words);
      assert.equal(await page.textContent("#problem-detail"), `${REASON} Aanvraag req_7`);
      await page.unroute("**/generations");
    }
    assert.deepEqual(await complaintsOfAxe(page), []);
    await page.screenshot({ path: `${SCREENSHOTS}/dutch-problem.png` });

    await page.fill("#prompt", "x".repeat(20_001));
    await page.click("#generate");
    const error = page.locator('[data-path="prompt"] > .error');
    await error.getByText("Deze prompt is te lang: hoogstens 20.000 tekens.").waitFor();
    assert.deepEqual(await complaintsOfAxe(page), []);
    await context.close();
  });

  test("in_dutch_says_that_the_api_can_t_be_reached", async () => {
    const { page, context } = await visit({ locale: "nl-NL" });
    await page.route("**/files", (route) => route.abort());
    await page.fill("#prompt", "Een rode vlieger");
    await page.setInputFiles("#file", await drawPhoto(page, "foto.png", 10));
    await page.click("#generate");
    await page.getByText("De API is niet bereikbaar. Controleer je verbinding en probeer het opnieuw.").waitFor();
    assert.notEqual(await page.textContent("#problem-detail [lang=en]"), "");
    await context.close();
  });

  for (const [name, options] of Object.entries({
    light: {},
    dark: { colorScheme: "dark" },
    on_a_phone: { viewport: { width: 360, height: 740 } },
    in_dutch: { locale: "nl-NL", colorScheme: "dark" },
  })) {
    test(`axe_finds_nothing_at_the_start_with_errors_while_it_is_made_and_when_it_is_done_${name}`, async () => {
      const { page, context } = await visit(options);
      assert.deepEqual(await complaintsOfAxe(page), [], "at the start");
      await page.click("#generate");
      await page.locator('[data-path="prompt"] > .error').waitFor();
      assert.deepEqual(await complaintsOfAxe(page), [], "with an error");
      await page.fill("#prompt", "A red kite");
      await page.setInputFiles("#file", [await drawPhoto(page, "one.png", 10), await drawPhoto(page, "two.png", 90)]);
      await page.locator("#thumbnails li").nth(1).waitFor();
      assert.deepEqual(await complaintsOfAxe(page), [], "with references");
      await page.click("#generate");
      await page.locator('progress[data-phase="processing"]').waitFor();
      assert.deepEqual(await complaintsOfAxe(page), [], "while it is made");
      await page.locator("#pictures img").waitFor();
      assert.deepEqual(await complaintsOfAxe(page), [], "when it is done");
      await context.close();
    });
  }

  test("error_after_error_each_is_told_and_the_last_try_works", async () => {
    const { page, context } = await visit();
    await page.click("#generate");
    await page.locator('[data-path="prompt"] > .error').waitFor();
    await page.fill("#prompt", "A red kite");
    assert.equal(
      await page.locator('[data-path="prompt"] > .error').isVisible(),
      false,
      "it goes with what it is about",
    );
    await page.route("**/generations", (route) =>
      route.fulfill({
        status: 402,
        json: { error: { code: "insufficient_credits", message: "Too few.", requestId: "req_1" } },
      }),
    );
    await page.click("#generate");
    await page.getByText("There are not enough credits").waitFor();
    assert.deepEqual(await complaintsOfAxe(page), [], "with a problem");
    await page.unroute("**/generations");
    await page.click("#generate");
    await page.locator("#pictures img").waitFor();
    assert.equal(await page.locator("#problem").isVisible(), false);
    await context.close();
  });

  test("on_a_slow_line_says_what_it_does_until_it_is_ready", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 400,
      downloadThroughput: 50_000,
      uploadThroughput: 50_000,
    });
    // Whatever is shown first has words in it; a white page has none.
    await page.goto(server.url, { waitUntil: "commit" });
    await page.waitForFunction(() => document.body?.innerText.includes("Loading…"));
    await page.getByText("Loading…").waitFor();
    await page.locator("#app").waitFor();
    await page.fill("#prompt", "A red kite");
    await page.click("#generate");
    await page.locator("#pictures img").waitFor({ timeout: 60_000 });
    await context.close();
  });
});
