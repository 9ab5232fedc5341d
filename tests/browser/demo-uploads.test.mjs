/**
 * The demo page tells of each file, before it is sent, what stays here and whether it is made smaller, and while it is
 * sent how far it is.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { openPage } from "../support/page.mjs";
import { noisePng, smallJpeg } from "../support/pictures.mjs";
import { withMetadata } from "../support/metadata.mjs";

const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots", import.meta.url));
const bufferOf = async (blob) => Buffer.from(await blob.arrayBuffer());
const fileOf = (name, mimeType, buffer) => ({ name, mimeType, buffer });

describe("files on the demo page", () => {
  let server;
  let browser;
  let holiday;
  before(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const { startServer } = await import("../../build/serve.mjs");
    server = await startServer();
    browser = await launchChromium();
    holiday = fileOf(
      "holiday.jpg",
      "image/jpeg",
      await bufferOf(await withMetadata(new Blob([smallJpeg()], { type: "image/jpeg" }))),
    );
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** A page with these files chosen. */
  async function choose(files, options) {
    const opened = await openPage(browser, server.url, options);
    await opened.page.locator("#app").waitFor();
    await opened.page.setInputFiles("#file", files);
    return opened;
  }
  const item = (page, number) => page.locator(`#thumbnails li:nth-child(${number})`);

  test("what_stays_here_is_told_beside_each_before_anything_is_sent", async () => {
    const { page, context, requests, complaints } = await choose([
      holiday,
      fileOf("drawn.png", "image/png", noisePng({ maxBytes: 100_000 })),
    ]);
    await item(page, 1)
      .locator(".report")
      .getByText("Stays here: Exif (with GPS), XMP, comment, data behind the image")
      .waitFor();
    assert.equal(await item(page, 2).locator(".report").isVisible(), false);
    assert.ok(!requests.some((url) => url.includes("/files")));
    await page.screenshot({ path: `${SCREENSHOTS}/uploads-report.png` });
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("and_on_a_phone_it_fits", async () => {
    const { page, context } = await choose([holiday, holiday, holiday], { viewport: { width: 360, height: 740 } });
    await item(page, 3).locator(".report").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
    await page.screenshot({ path: `${SCREENSHOTS}/uploads-phone.png`, fullPage: true });
    await context.close();
  });

  test("a_picture_that_is_too_large_is_told_to_be_made_smaller_and_is", async () => {
    // Models of 10 MB: 11 MB of noise, which as a PNG can't become smaller.
    const { page, context } = await choose([]);
    await page.selectOption("#model", "flux-2-pro");
    await page.setInputFiles("#file", [
      fileOf("noise.png", "image/png", noisePng({ maxBytes: 11_500_000, width: 2_000 })),
    ]);
    await item(page, 1).locator(".report").getByText("made smaller").waitFor();
    const sent = page.waitForRequest((request) => request.url().endsWith("/files"));
    const answered = page.waitForResponse((response) => response.url().endsWith("/files"));
    await page.fill("#prompt", "the same in blue");
    await page.click("#generate");
    await sent;
    const file = await (await answered).json();
    assert.ok(file.size_bytes <= 10_000_000 && file.size_bytes > 1_000_000, `${file.size_bytes} bytes`);
    assert.deepEqual([file.mime_type, file.name], ["image/webp", "noise.webp"]);
    await page.locator("#pictures img").waitFor();
    await context.close();
  });

  test("each_file_has_a_bar_of_its_own_while_it_is_sent", async () => {
    const photo = (name) => fileOf(name, "image/png", noisePng({ maxBytes: 12_000_000 }));
    const { page, context } = await choose([photo("one.png"), photo("two.png"), photo("three.png")]);
    await page.fill("#prompt", "together");
    // A line of 8 MB a second: over loopback, all may be sent before the page is drawn once.
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 8_000_000,
    });
    const seen = await page.evaluateHandle(() => {
      const seen = { values: [new Set(), new Set(), new Set()], together: 0 };
      const look = () => {
        const bars = [...document.querySelectorAll("#thumbnails progress")].filter((bar) => !bar.hidden);
        bars.forEach((bar, index) => seen.values[index].add(bar.value));
        seen.together = Math.max(seen.together, bars.length);
        requestAnimationFrame(look);
      };
      look();
      return seen;
    });
    await page.click("#generate");
    await page.getByRole("progressbar", { name: "Upload of two.png" }).waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/uploads-bars.png` });
    await page.locator('progress[data-phase="processing"]').waitFor();
    assert.equal(await page.locator("#thumbnails progress:visible").count(), 0);
    const { together, values } = await seen.evaluate(({ together, values }) => ({
      together,
      values: values.map((each) => [...each]),
    }));
    assert.equal(together, 3);
    assert.ok(
      values.some((each) => each.some((value) => value > 0 && value < 1)),
      JSON.stringify(values),
    );
    await context.close();
  });

  test("what_is_damaged_or_no_picture_is_told_beside_it_at_once", async () => {
    const cut = noisePng({ maxBytes: 100_000 }).subarray(0, 40);
    const note = fileOf("note.jpg", "image/jpeg", Buffer.from("just text"));
    const { page, context } = await choose([fileOf("cut.png", "image/png", cut), note]);
    await item(page, 1).locator(".error").getByText("Is damaged").waitFor();
    await item(page, 2).locator(".error").getByText("takes JPEG, PNG, WebP").waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/uploads-damaged.png` });
    await context.close();
  });

  test("a_folder_that_is_dropped_is_refused_by_name_and_the_files_beside_it_are_taken", async () => {
    const dropped = await mkdtemp(join(tmpdir(), "rivya-wasm-"));
    const [folder, empty] = ["photos", "beside.png"].map((name) => join(dropped, name));
    await Promise.all([mkdir(folder), writeFile(empty, "")]);
    const { page, context } = await choose([]);
    // As from a file manager: no script of a page can make a folder.
    const devtools = await context.newCDPSession(page);
    const data = { items: [], files: [folder, empty], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"])
      await devtools.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
    await page.locator("#references > .error").getByText("photos is a folder").waitFor();
    assert.equal(await page.locator("#thumbnails li").count(), 1);
    await item(page, 1).locator(".error").getByText("Is empty, or no longer there.").waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}/uploads-folder.png` });
    await context.close();
    await rm(dropped, { recursive: true });
  });
});
