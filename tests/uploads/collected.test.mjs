/**
 * A look through a file ends although memory is collected all the while: Chromium forgets a stream that is waited for
 * where nothing else holds its reader.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { noisePng } from "../support/pictures.mjs";
import { startSlowApi } from "./slow-api.mjs";

/** Without a reader that is held, a look soon never ends (0, 3 and 41 had ended in three runs). */
const LOOKS = 200;
const PHOTO = noisePng({ maxBytes: 4_000_000 });
const PAGE = `<!doctype html><title>collected</title><script type="module">
  import { createClient } from "/client.mjs";
  const client = await createClient();
  const png = await (await fetch("/photo.png")).arrayBuffer();
  // In chunks of 8 kB, so that all of it is looked through.
  const photo = await (await import("/metadata.mjs")).pngInChunks(new Blob([png], { type: "image/png" }), 8_192);
  globalThis.look = async () => {
    const file = new File([photo], "photo.png", { type: "image/png" });
    return (await client.files.inspect(file, { model: "nano-banana-2" })).removed;
  };
  globalThis.isReady = true;
</script>`;

let api;
let browser;
let page;
before(async () => {
  const script = (file) => ({
    type: "text/javascript",
    body: readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url))),
  });
  api = await startSlowApi({
    "/": { type: "text/html", body: PAGE },
    "/client.mjs": script("dist/index.browser.js"),
    "/metadata.mjs": script("tests/support/metadata.mjs"),
    "/photo.png": { type: "image/png", body: PHOTO },
  });
  browser = await launchChromium({ flags: ["--js-flags=--expose-gc"] });
  page = await browser.newPage();
  await page.goto(api.origin);
  await page.waitForFunction("globalThis.isReady");
});
after(async () => {
  await browser?.close();
  api?.close();
});

test("a_look_through_a_file_ends_although_memory_is_collected_while_it_waits", { timeout: 60_000 }, async () => {
  const ended = await page.evaluate(async (looks) => {
    let left = looks;
    let ended = 0;
    const next = async () => {
      while (left > 0) {
        left -= 1;
        await globalThis.look();
        ended += 1;
      }
    };
    const all = Promise.all([next(), next(), next(), next()]);
    // Collects between any two tasks of the page, for as long as looks end.
    let seen = -1;
    const stuck = (async () => {
      for (let at = performance.now(); performance.now() - at < 10_000 && ended < looks; ) {
        if (ended !== seen) at = performance.now();
        seen = ended;
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve));
      }
    })();
    await Promise.race([all, stuck]);
    return ended;
  }, LOOKS);
  assert.equal(ended, LOOKS);
});
