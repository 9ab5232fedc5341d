// The demo page as a visitor meets it, in a real Chromium: once from a static folder with the emulator inside the page,
// once served with the emulator behind HTTP.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../support/browsers.mjs";
import { serveStatic } from "../../build/static-server.mjs";
import { dataTransferOf, drawPhoto, openPage } from "../support/page.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const WWW = path("../../www");
const SCREENSHOTS = path("../../target/screenshots");
const CATALOGUE = JSON.parse(readFileSync(path("../../src/contract/models.json"), "utf8")).models;
const GENERATION_MODELS = CATALOGUE.filter(({ capability }) => capability !== "chat");
/** What Chromium itself writes to the console for a status of 400 and above, or a connection that a test cut. */
const FAILED_REQUEST = /Failed to load resource/;

const SITES = [
  {
    name: "static",
    title: "from a static folder, emulator in the page",
    start: () => serveStatic({ folders: { "/": WWW } }),
  },
  {
    name: "served",
    title: "served, emulator over HTTP",
    start: async () => (await import("../../build/serve.mjs")).startServer(),
  },
];

let browser;
before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchChromium();
});
after(() => browser?.close());

for (const site of SITES) {
  describe(site.title, () => {
    let server;
    let visits = [];
    before(async () => {
      server = await site.start();
    });
    after(() => server?.close());

    const visit = async ({ expected = /(?!)/, ...options } = {}) => {
      const opened = await openPage(browser, server.url, options);
      visits.push({ ...opened, expected });
      await opened.page.locator("#app").waitFor();
      await opened.page.waitForFunction(() => document.getElementById("balance").textContent !== "");
      return opened;
    };
    afterEach(async () => {
      const closing = visits;
      visits = [];
      for (const { context } of closing) await context.close();
      for (const { complaints, expected } of closing)
        assert.deepEqual(
          complaints.filter((complaint) => !expected.test(complaint)),
          [],
        );
    });
    const screenshot = (page, name, options) =>
      page.screenshot({ path: `${SCREENSHOTS}/${site.name}-${name}.png`, ...options });

    test("a_chosen_a_pasted_and_two_dropped_photos_become_a_picture", async () => {
      const { page, requests } = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
      await screenshot(page, "start");
      const balance = await balanceOf(page);
      await page.fill("#prompt", "A red kite above the dunes 🪁");
      assert.equal(await page.textContent("#prompt-count"), "28 / 20,000");

      const chooser = page.waitForEvent("filechooser");
      await page.getByText("Choose files").click();
      await (await chooser).setFiles(await drawPhoto(page, "chosen.png", 10));

      const dragged = await dataTransferOf(page, [
        await drawPhoto(page, "first.png", 130),
        await drawPhoto(page, "second.png", 210),
      ]);
      await page.dispatchEvent("#prompt", "dragenter", { dataTransfer: dragged });
      await page.locator("#drop").waitFor();
      await screenshot(page, "drop");
      await page.dispatchEvent("#drop", "drop", { dataTransfer: dragged });
      await page.locator("#drop").waitFor({ state: "hidden" });

      const { buffer } = await drawPhoto(page, "pasted.png", 300);
      await page.evaluate(async (base64) => {
        const png = await (await fetch(`data:image/png;base64,${base64}`)).blob();
        await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
      }, buffer.toString("base64"));
      await page.focus("#prompt");
      await page.keyboard.press("ControlOrMeta+V");
      await page.locator("#thumbnails li").nth(3).waitFor();

      assert.equal(await page.textContent("#reference-count"), "4 / 14");
      await page.waitForFunction(() =>
        [...document.querySelectorAll("#thumbnails img")].every((image) => image.naturalWidth > 0),
      );
      const removed = await page.getAttribute("#thumbnails li:nth-child(2) img", "src");
      const revoked = await watchRevoked(page);
      await page.getByRole("button", { name: "Remove reference 2, first.png" }).click();
      assert.deepEqual(await revoked.jsonValue(), [removed]);
      assert.equal(await page.textContent("#reference-count"), "3 / 14");

      await page.selectOption("#param-aspect_ratio", "16:9");
      const steps = await watchSteps(page);
      await page.click("#generate");
      await page.locator('progress[data-phase="processing"]').waitFor();
      assert.deepEqual(await steps.jsonValue(), ["uploading", "queued", "processing"]);
      assert.equal(await page.getByRole("progressbar").count(), 1);
      await page.waitForFunction(() => /^0:0[1-9]$/.test(document.getElementById("elapsed").textContent));
      await screenshot(page, "progress");

      const { width, height } = await pictureOf(page);
      assert.ok(Math.abs(width / height - 16 / 9) < 0.05, `${width} × ${height} is not 16:9`);
      assert.match(await page.textContent("#status"), /^Done in \d+ s, for 5 credits\.$/);
      await balanceBecomes(page, balance - 5);
      await screenshot(page, "light");
      await page.emulateMedia({ colorScheme: "dark" });
      await screenshot(page, "dark");

      const download = page.waitForEvent("download");
      await page.click("a[download]");
      assert.match((await download).suggestedFilename(), /^nano-banana-2-1\.(jpg|png)$/);
      const bytes = await readFile(await (await download).path());
      assert.ok(
        ["89504e47", "ffd8ffe0", "ffd8ffdb"].includes(bytes.subarray(0, 4).toString("hex")),
        "the download is neither PNG nor JPEG",
      );

      assert.equal(
        requests.some((url) => url.endsWith("/vendor/emulator.js")),
        site.name === "static",
      );
      assert.equal(
        requests.some((url) => url.includes("/generations")),
        site.name === "served",
      );
      const elsewhere = requests.filter(
        (url) => /^https?:/.test(url) && new URL(url).origin !== new URL(server.url).origin,
      );
      assert.deepEqual(elsewhere, []);
    });

    test("cancelling_ends_the_wait_at_once_and_what_was_sent_can_still_be_had", async () => {
      const { page } = await visit({ reducedMotion: "reduce" });
      const balance = await balanceOf(page);
      await page.selectOption("#model", "z-image");
      await page.fill("#prompt", "A harbour in fog");
      await page.click("#generate");
      await page.locator('progress[data-phase="processing"]').waitFor();
      assert.equal(await page.evaluate(() => getComputedStyle(document.getElementById("bar")).animationName), "none");
      await page.click("#cancel");
      await page.locator("#problem").waitFor({ timeout: 1_000 });
      assert.match(await page.textContent("#problem-text"), /stopped waiting/);
      assert.equal(await focused(page), "problem");
      assert.equal(await page.isVisible("#progress"), false);
      assert.equal(await page.getAttribute("#generate", "aria-disabled"), "false");
      await screenshot(page, "cancelled");

      await page.getByRole("button", { name: "Keep waiting" }).click();
      await pictureOf(page);
      await balanceBecomes(page, balance - 1);
    });

    test("each_error_stands_next_to_its_field_and_nothing_is_paid", async () => {
      const { page } = await visit();
      const balance = await balanceOf(page);
      await page.selectOption("#model", "qwen2-image");
      await page.fill("#prompt", "🪁".repeat(801));
      assert.equal(await page.textContent("#prompt-count"), "801 / 800");
      await page.fill("#param-seed", "-5");
      await page.setInputFiles("#file", {
        name: "notes.txt",
        mimeType: "text/plain",
        buffer: Buffer.from("not a picture"),
      });
      await page.click("#generate");

      for (const field of ["prompt", "params.seed", "references[0]"])
        await page.locator(`[data-path="${field}"] > .error`).waitFor();
      assert.match(await page.textContent('[data-path="prompt"] > .error'), /800/);
      assert.equal(await focused(page), "prompt");
      assert.equal(await page.getAttribute("#prompt", "aria-invalid"), "true");
      const describedBy = (await page.getAttribute("#prompt", "aria-describedby")).split(" ");
      assert.ok(describedBy.includes(await page.getAttribute('[data-path="prompt"] > .error', "id")));
      await screenshot(page, "errors");

      await page.fill("#prompt", "A kite");
      assert.equal(await page.isVisible('[data-path="prompt"] > .error'), false);
      assert.equal(await page.getAttribute("#prompt", "aria-invalid"), null);
      await page.getByRole("button", { name: "Remove reference 1, notes.txt" }).click();
      await page.click("#generate");
      await page.waitForFunction(() => document.activeElement.id === "param-seed");
      assert.equal(await page.locator(".invalid").count(), 1);
      assert.equal(await balanceOf(page), balance);
    });

    test("a_number_field_that_holds_no_number_is_not_taken_for_an_empty_one", async () => {
      const { page } = await visit();
      await page.selectOption("#model", "ideogram-v3");
      await page.fill("#prompt", "A poster");
      await page.focus("#param-seed");
      await page.keyboard.type("12e");
      await page.keyboard.press("ControlOrMeta+Enter");
      await page.locator('[data-path="params.seed"] > .error').waitFor();
      assert.equal(await focused(page), "param-seed");
      assert.equal(await page.isVisible("#progress"), false);
    });

    test("an_empty_line_of_a_dialogue_is_marked_at_that_line", async () => {
      const { page } = await visit();
      await page.selectOption("#model", "elevenlabs-dialogue-v3");
      await page.getByRole("button", { name: "Add a line" }).click();
      await page.getByLabel("Line 1: text").fill("Good morning.");
      await page.click("#generate");
      await page.locator('[data-path="params.dialogue[1]"] > .error').waitFor();
      assert.equal(await page.locator(".invalid").count(), 1);
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Line 2: text");
      await screenshot(page, "dialogue");
    });

    test("the_keyboard_alone_is_enough", async () => {
      const { page } = await visit();
      const stops = [];
      while (stops.at(-1) !== "generate" && stops.length < 20) {
        await page.keyboard.press("Tab");
        stops.push(await focused(page));
        assert.ok(await focusIsVisible(page), `no visible focus on ${stops.at(-1)}`);
      }
      const params = GENERATION_MODELS.find(({ id }) => id === "nano-banana-2").params.map(({ key }) => `param-${key}`);
      assert.deepEqual(stops, ["prompt", "file", "model", ...params, "generate"]);

      while ((await focused(page)) !== "model") await page.keyboard.press("Shift+Tab");
      await page.keyboard.type("Z-Image");
      assert.equal(await page.inputValue("#model"), "z-image");
      await page.keyboard.press("Tab");
      await page.keyboard.type("9:16");
      assert.equal(await page.inputValue("#param-aspect_ratio"), "9:16");
      while ((await focused(page)) !== "prompt") await page.keyboard.press("Shift+Tab");
      await page.keyboard.type("A lighthouse at night");
      await page.keyboard.press("ControlOrMeta+Enter");

      const { width, height } = await pictureOf(page);
      assert.ok(Math.abs(width / height - 9 / 16) < 0.05, `${width} × ${height} is not 9:16`);
      assert.equal(await focused(page), "prompt");
      while (!(await page.evaluate(() => document.activeElement.hasAttribute("download")))) {
        assert.notEqual(await focused(page), "", "the keyboard never came to the download");
        await page.keyboard.press("Tab");
      }
      assert.ok(await focusIsVisible(page));
      const bottom = await page.evaluate(() => document.activeElement.getBoundingClientRect().bottom);
      assert.ok(bottom <= 800, "the download lies below the window");
      await screenshot(page, "portrait");
      const download = page.waitForEvent("download");
      await page.keyboard.press("Enter");
      await download;
    });

    test("on_a_phone_nothing_sticks_out_and_progress_comes_into_view", async () => {
      const { page } = await visit({
        viewport: { width: 360, height: 740 },
        isMobile: true,
        hasTouch: true,
        deviceScaleFactor: 2,
      });
      for (const { id } of GENERATION_MODELS) {
        await page.selectOption("#model", id);
        assert.equal(await overhang(page), 0, `${id} is wider than the phone`);
      }
      await page.selectOption("#model", "nano-banana-2");
      await page.setInputFiles("#file", [
        await drawPhoto(page, "kite.png", 10),
        { name: "notes-with-a-long-name-from-a-camera.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") },
      ]);
      await page.fill("#prompt", "w".repeat(300));
      await page.tap("#generate");
      await page.locator('[data-path="references[1]"] > .error').waitFor();
      assert.equal(await overhang(page), 0);
      await screenshot(page, "phone-error", { fullPage: true });

      await page.tap('[data-path="references[1]"] .remove');
      await page.tap("#generate");
      await page.locator('progress[data-phase="queued"]').waitFor();
      await page.waitForFunction(() => document.getElementById("cancel").getBoundingClientRect().bottom <= innerHeight);
      assert.equal(await overhang(page), 0);
      await screenshot(page, "phone-progress");
      await pictureOf(page);
      assert.equal(await overhang(page), 0);
      await screenshot(page, "phone-done");
    });

    test("every_generation_model_is_offered_with_its_parameters_and_defaults", async () => {
      const { page } = await visit();
      const groups = await page.$$eval("#model optgroup", (nodes) =>
        nodes.map(({ label, children }) => [label, [...children].map(({ value }) => value)]),
      );
      const of = (wanted) => GENERATION_MODELS.filter(({ capability }) => capability === wanted).map(({ id }) => id);
      assert.deepEqual(groups, [
        ["Image", of("image")],
        ["Video", of("video")],
        ["Audio", of("audio")],
      ]);
      for (const { id, params, inputs, base_credits } of GENERATION_MODELS) {
        await page.selectOption("#model", id);
        const shown = await page.$$eval("#params :is(input, select)[id^=param-]", (nodes) =>
          nodes.map(({ id, value, labels }) => ({
            key: id.slice("param-".length),
            value,
            labelled: labels.length === 1,
          })),
        );
        const wanted = params.map(({ key, default: preset }) => ({ key, value: String(preset ?? ""), labelled: true }));
        assert.deepEqual(shown, wanted, id);
        assert.equal(await page.isVisible("#references"), inputs.includes("file"), id);
        assert.match(await page.textContent("#cost"), new RegExp(`^(From )?${base_credits} credits?$`), id);
      }
    });

    test("what_still_fits_is_kept_when_the_model_changes", async () => {
      const { page } = await visit();
      await page.fill("#prompt", "A kite");
      await page.selectOption("#param-aspect_ratio", "16:9");
      await page.selectOption("#param-resolution", "4K");
      await page.setInputFiles("#file", [await drawPhoto(page, "one.png", 10), await drawPhoto(page, "two.png", 90)]);

      await page.selectOption("#model", "flux-2-pro");
      assert.equal(await page.inputValue("#param-aspectRatio"), "16:9");
      assert.equal(await page.inputValue("#param-resolution"), "1K");
      await page.selectOption("#model", "qwen-image");
      assert.equal(await page.textContent("#reference-count"), "1 / 1");
      assert.equal(await page.locator("#thumbnails .unused").count(), 1);
      await page.selectOption("#model", "nano-banana-2");
      assert.equal(await page.inputValue("#param-resolution"), "4K");
      assert.equal(await page.textContent("#reference-count"), "2 / 14");
      assert.equal(await page.inputValue("#prompt"), "A kite");
    });

    test("too_few_credits_are_said_in_plain_words", async () => {
      const { page } = await visit({ expected: FAILED_REQUEST });
      if (site.name === "served") {
        const body = { error: { code: "insufficient_credits", message: "Not enough credits.", requestId: "req_1" } };
        await page.route("**/generations", (route) => route.fulfill({ status: 402, json: body }));
      }
      await page.selectOption("#model", "seedance-2");
      await page.fill("#prompt", "Waves");
      await page.click("#generate");
      await page.locator("#problem").waitFor();
      assert.match(
        await page.textContent("#problem-text"),
        /not enough credits: this takes at least 175, and [\d,]+ are left/,
      );
      assert.equal(await focused(page), "problem");
      await screenshot(page, "credits");
    });

    test("the_policy_of_the_page_stops_an_inline_script", async () => {
      const opened = await openPage(browser, server.url);
      await opened.page.locator("#app").waitFor();
      const ran = await opened.page.evaluate(() => {
        document.addEventListener("securitypolicyviolation", () => (window.blocked = true));
        const script = document.createElement("script");
        script.textContent = "window.inlineRan = true";
        document.head.append(script);
        return window.inlineRan === true;
      });
      await opened.page.waitForFunction(() => window.blocked);
      await opened.context.close();
      assert.equal(ran, false);
      assert.ok(
        opened.complaints.some((complaint) => complaint.startsWith("policy: script-src")),
        opened.complaints.join("; "),
      );
    });

    if (site.name === "served") {
      test("a_lost_answer_is_owned_up_to_and_asked_for_again_without_paying_twice", async () => {
        const { page } = await visit({ expected: FAILED_REQUEST });
        const balance = await balanceOf(page);
        await page.route("**/generations", async (route) => {
          await route.fetch();
          await route.abort();
        });
        await page.selectOption("#model", "z-image");
        await page.fill("#prompt", "A bell tower");
        await page.click("#generate");
        await page.locator("#problem").waitFor();
        assert.match(await page.textContent("#problem-text"), /may have been accepted, and paid for/);
        await page.unroute("**/generations");
        await page.getByRole("button", { name: "without paying twice" }).click();
        await pictureOf(page);
        await balanceBecomes(page, balance - 1);
      });

      test("a_long_pause_asked_for_by_the_api_is_told_in_minutes", async () => {
        const { page } = await visit({ expected: FAILED_REQUEST });
        const body = { error: { code: "rate_limited", message: "Too many requests.", requestId: "req_2" } };
        await page.route("**/generations", (route) =>
          route.fulfill({ status: 429, headers: { "Retry-After": "180" }, json: body }),
        );
        await page.fill("#prompt", "Rain");
        await page.click("#generate");
        await page.locator("#problem").waitFor();
        assert.equal(await page.textContent("#problem-text"), "Too many requests. Try again in 3 minutes.");
      });
    }
  });
}

describe("after a reload", () => {
  let server;
  before(async () => {
    server = await SITES.find(({ name }) => name === "served").start();
  });
  after(() => server?.close());

  const begin = async (page, prompt) => {
    await page.locator("#app").waitFor();
    await page.fill("#prompt", prompt);
    await page.click("#generate");
    await page.waitForFunction(() => document.getElementById("bar").dataset.phase === "queued");
  };

  test("the_page_takes_up_the_picture_that_is_still_being_made_and_pays_for_it_once", async () => {
    const { page, context, complaints } = await openPage(browser, server.url);
    let submissions = 0;
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/generations")) submissions += 1;
    });
    await begin(page, "A lighthouse in the fog");
    await page.reload();
    const size = await pictureOf(page);
    assert.ok(size.width > 0);
    assert.equal(submissions, 1);
    assert.equal(await page.locator("#left li").count(), 0);
    // Delivered: the next visit begins with a clean table.
    await page.reload();
    await page.locator("#app").waitFor();
    await page.waitForFunction(() => document.getElementById("balance").textContent !== "");
    assert.equal(await page.locator("#left li").count(), 0);
    await context.close();
    assert.deepEqual(complaints, []);
  });

  test("what_was_left_can_be_taken_up_or_forgotten", async () => {
    const { page, context } = await openPage(browser, server.url);
    for (const prompt of ["The first", "The second"]) {
      await begin(page, prompt);
      await page.click("#cancel");
      await page.waitForFunction(() => !document.getElementById("problem").hidden);
    }
    await page.reload();
    // The older one is taken up at once; the other one waits for its turn.
    await pictureOf(page);
    const line = page.locator("#left li");
    await line.waitFor();
    assert.match(await line.textContent(), /Your picture from .* is still being made\.The second/);
    await page.screenshot({ path: `${SCREENSHOTS}/served-left.png` });
    await line.getByText("Forget it").click();
    await line.waitFor({ state: "detached" });
    await context.close();
  });
});

test("opened_as_a_file_the_page_says_that_it_needs_a_server", async () => {
  const { page, context } = await openPage(browser, new URL("../../www/index.html", import.meta.url).href);
  await page.waitForFunction(
    () => getComputedStyle(document.querySelector("#needs-server .late")).visibility === "visible",
  );
  assert.match(await page.textContent("#needs-server"), /npm start/);
  assert.equal(await page.isVisible("#app"), false);
  await context.close();
});

/** The steps of the next run, in the order in which the page marks them as the current one. */
const watchSteps = (page) =>
  page.evaluateHandle(() => {
    const seen = [];
    // Upload and queue can be over before a test looks; a record of changes misses none.
    new MutationObserver((changes) => {
      for (const { target, oldValue } of changes) {
        if (oldValue === null && seen.at(-1) !== target.dataset.step) seen.push(target.dataset.step);
      }
    }).observe(document.getElementById("steps"), {
      subtree: true,
      attributes: true,
      attributeFilter: ["aria-current"],
      attributeOldValue: true,
    });
    return seen;
  });

/** The object URLs that the page gives back from now on. */
const watchRevoked = (page) =>
  page.evaluateHandle(() => {
    const revoked = [];
    const revoke = URL.revokeObjectURL;
    URL.revokeObjectURL = (url) => {
      revoked.push(url);
      revoke.call(URL, url);
    };
    return revoked;
  });

const balanceOf = async (page) => Number((await page.textContent("#balance")).replace(/\D/g, ""));
const balanceBecomes = (page, credits) =>
  page.waitForFunction(
    (text) => document.getElementById("balance").textContent === text,
    `Balance: ${credits.toLocaleString("en")}`,
  );
const focused = (page) => page.evaluate(() => document.activeElement.id);
// Not innerWidth: a phone zooms out until what sticks out fits.
const overhang = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Waits for the picture, and tells its size. */
async function pictureOf(page) {
  const picture = await page.waitForFunction(() => {
    const image = document.querySelector("#pictures img");
    return image?.complete && image.naturalWidth > 0 && image;
  });
  return picture.evaluate(({ naturalWidth, naturalHeight }) => ({ width: naturalWidth, height: naturalHeight }));
}

/** Whether the focused element, or the label that stands for it, is outlined. */
const focusIsVisible = (page) =>
  page.evaluate(() => {
    const { activeElement } = document;
    const shown = activeElement.classList.contains("visually-hidden")
      ? activeElement.nextElementSibling
      : activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
