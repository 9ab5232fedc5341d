/**
 * The demo page in states that no server brings about at will: its client is the real one, and a test speaks for it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { drawPhoto, openPage } from "../support/page.mjs";

/**
 * Stands in for the page's module: the real client, whose `generate` and `resume` leave their `onProgress` in
 * `window.tell`, and reject with `window.rejection` where there is one.
 */
const TOLD_CLIENT = `
  import * as real from "./rivya-wasm.js?real";
  export const { RivyaError } = real;
  export async function createClient(options) {
    const client = await real.createClient(options);
    for (const name of ["generate", "resume"]) {
      const call = client[name].bind(client);
      client[name] = async (what, options) => {
        if (window.rejection) throw window.rejection;
        window.tell = options.onProgress;
        return call(what, options);
      };
    }
    return client;
  }
`;
const OFFLINE = {
  en: "You are offline. Nothing is lost: it goes on when the network is back.",
  nl: "Je bent offline. Er gaat niets verloren: het gaat verder zodra er weer verbinding is.",
};
const SENDING = { en: "Sending the request…", nl: "De opdracht wordt verstuurd…" };
const UNSENT = {
  en: "Cancelled. Nothing was sent, nothing is paid.",
  nl: "Geannuleerd. Er is niets verstuurd en niets betaald.",
};
const SENT = { en: /^You stopped waiting\./, nl: /^Je wacht niet meer\./ };
const TOO_MANY = {
  en: /^Too many of your generations are under way at once\./,
  nl: /^Er lopen te veel opdrachten van je tegelijk\./,
};
const isSubmission = (url) => url.pathname.endsWith("/generations");
const hang = () => {};

describe("the demo page in states of the network", () => {
  let browser;
  let server;
  before(async () => {
    const { startServer } = await import("../../build/serve.mjs");
    [browser, server] = [await launchChromium(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  async function visit(locale) {
    const context = await browser.newContext({ locale });
    const answer = { contentType: "text/javascript", body: TOLD_CLIENT };
    await context.route(/\/vendor\/rivya-wasm\.js$/, (route) => route.fulfill(answer));
    const opened = await openPage({ newContext: () => context }, server.url);
    await opened.page.locator("#app").waitFor();
    return opened;
  }
  /** Tells the page that the network is lost; what it says then, at which step it stands, and what it threw. */
  const goOffline = (page) =>
    page.evaluate(() => {
      let thrown = null;
      try {
        window.tell({ phase: "offline", sinceMs: 1_000 });
      } catch (error) {
        thrown = String(error);
      }
      const step = document.querySelector("#steps [aria-current=step]")?.dataset.step ?? null;
      return { thrown, step, said: document.getElementById("status").textContent };
    });
  const statusIs = (page, text) =>
    page.waitForFunction((text) => document.getElementById("status").textContent === text, text);
  const cancelled = async (page) => {
    await page.click("#cancel");
    await page.locator("#problem").waitFor();
    return page.textContent("#problem-text");
  };

  for (const language of ["en", "nl"]) {
    test(`a_network_lost_during_an_upload_is_told_in_${language}_and_nothing_counts_as_sent`, async () => {
      const { page, context, complaints } = await visit(language);
      await page.route("**/files", hang);
      await page.setInputFiles("#file", await drawPhoto(page, "photo.png", 10));
      await page.fill("#prompt", "A kite");
      await page.click("#generate");
      await page.locator('progress[data-phase="uploading"]').waitFor();
      assert.deepEqual(await goOffline(page), { thrown: null, step: "uploading", said: OFFLINE[language] });
      assert.equal(await cancelled(page), UNSENT[language]);
      assert.deepEqual(complaints, []);
      await context.close();
    });

    test(`a_network_lost_during_the_submission_is_told_in_${language}_and_it_counts_as_sent`, async () => {
      const { page, context } = await visit(language);
      await page.route(isSubmission, hang);
      await page.fill("#prompt", "A kite");
      await page.click("#generate");
      await statusIs(page, SENDING[language]);
      assert.deepEqual(await goOffline(page), { thrown: null, step: "queued", said: OFFLINE[language] });
      assert.match(await cancelled(page), SENT[language]);
      await context.close();
    });

    test(`a_network_lost_while_it_is_made_is_told_in_${language}_until_it_is_back`, async () => {
      const { page, context, complaints } = await visit(language);
      await page.fill("#prompt", "A kite");
      await page.click("#generate");
      await page.locator('progress[data-phase="queued"]').waitFor();
      assert.deepEqual(await goOffline(page), { thrown: null, step: "queued", said: OFFLINE[language] });
      await page.locator("#pictures img").waitFor();
      assert.notEqual(await page.textContent("#status"), OFFLINE[language]);
      assert.deepEqual(complaints, []);
      await context.close();
    });

    test(`too_many_generations_at_once_are_told_in_${language}`, async () => {
      const { page, context } = await visit(language);
      await page.evaluate(() => {
        window.rejection = Object.assign(new Error("In the proxy's own words."), {
          // The client's class knows its errors by this mark.
          [Symbol.for("rivya-wasm.RivyaError")]: true,
          code: "too_many_at_once",
          status: 429,
          requestId: "req_7",
          retryable: true,
          retryAfterMs: null,
          issues: [],
          mayHaveBeenCharged: false,
          generation: null,
        });
      });
      await page.fill("#prompt", "A kite");
      await page.click("#generate");
      await page.locator("#problem").waitFor();
      assert.match(await page.textContent("#problem-text"), TOO_MANY[language]);
      await context.close();
    });
  }
});
