// The page in Rust, as a visitor meets it: examples/leptos, compiled as it stands, in Chromium. Its proxy is an
// emulator on its own origin, behind HTTP.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createEmulator } from "rivya-wasm/emulator";
import { forwardToEmulator, serveEmulator } from "../../dist/server.js";
import { run } from "../../build/run.mjs";
import { wasmBindgen } from "../../build/setup.mjs";
import { root, wasmBindgenVersion } from "../../build/versions.mjs";
import { launchChromium } from "../support/browsers.mjs";
import { openPage } from "../support/page.mjs";
import { withMetadata } from "../support/metadata.mjs";
import { smallJpeg } from "../support/pictures.mjs";

const EXAMPLE = join(root, "examples/leptos");
const TARGET = join(root, "target/leptos");
const BOUND = join(TARGET, "bound");
const SCREENSHOTS = join(root, "target/screenshots");
const NAME = "rivya-wasm-leptos-example";
const AXE = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");
/** Instead of this repository's own setting, which is for its modules. A warning in an example is a fault. */
const RUSTFLAGS = "-Dwarnings";
/** What trunk puts into the page in the place of its own mark. */
const TRUNK_MARK = '<link data-trunk rel="rust" />';
const START = `<script type="module">import start from "/${NAME}.js"; await start();</script>`;
const MEDIA_TYPES = { js: "text/javascript", wasm: "application/wasm" };

async function compile() {
  const cargo = ["build", "--locked", "--target", "wasm32-unknown-unknown", "--target-dir", TARGET];
  await run("cargo", cargo, { cwd: EXAMPLE, quiet: true, env: { CARGO_ENCODED_RUSTFLAGS: RUSTFLAGS } });
  rmSync(BOUND, { recursive: true, force: true });
  const bind = ["--target", "web", "--no-typescript", "--out-dir", BOUND];
  await run(wasmBindgen, [...bind, join(TARGET, `wasm32-unknown-unknown/debug/${NAME}.wasm`)], { quiet: true });
}

/** What Exif of a camera begins with, and the directory of its location. */
const tellsPlace = (bytes) => bytes.includes("Exif\0\0") || bytes.includes(Buffer.from([0x88, 0x25, 0x00, 0x04]));

test("its_wasm_bindgen_is_the_one_whose_command_line_this_repository_installs", () => {
  const lock = readFileSync(join(EXAMPLE, "Cargo.lock"), "utf8");
  const [, version] = /name = "wasm-bindgen"\nversion = "([\d.]+)"/.exec(lock);
  assert.equal(version, wasmBindgenVersion);
});

describe("the page in Rust", () => {
  let browser;
  let holiday;
  before(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await compile();
    browser = await launchChromium();
    const photo = await withMetadata(new Blob([smallJpeg()], { type: "image/jpeg" }));
    holiday = { name: "holiday.jpg", mimeType: "image/jpeg", buffer: Buffer.from(await photo.arrayBuffer()) };
  });
  after(() => browser?.close());

  /** A visit: the page before an emulator of its own, and all that the page has said since it was opened. */
  async function visit(t, { pace, ...options } = {}) {
    const uploads = [];
    const keepUploads = async (request) => {
      if (!request.url.endsWith("/files")) return undefined;
      uploads.push(Buffer.from(await request.clone().arrayBuffer()));
      return undefined;
    };
    const page = readFileSync(join(EXAMPLE, "index.html"), "utf8");
    assert.ok(page.includes(TRUNK_MARK));
    const files = (request) => {
      const { pathname } = new URL(request.url);
      const headers = (type) => ({ headers: { "Content-Type": type } });
      if (pathname === "/") return new Response(page.replace(TRUNK_MARK, START), headers("text/html"));
      const type = MEDIA_TYPES[/\.(js|wasm)$/.exec(pathname)?.[1]];
      return type === undefined ? undefined : new Response(readFileSync(join(BOUND, pathname)), headers(type));
    };
    const server = await serveEmulator((publicUrl) => createEmulator({ publicUrl, pace }), {
      handlers: [keepUploads, forwardToEmulator(), files],
    });
    const opened = await openPage(browser, "about:blank", options);
    t.after(async () => {
      await opened.context.close();
      await server.close();
      server.emulator.free();
    });
    await opened.page.addInitScript(() => {
      window.said = [];
      new MutationObserver(() => {
        const words = document.querySelector("[role=status]")?.textContent;
        if (words && words !== window.said.at(-1)) window.said.push(words);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await opened.page.goto(`${server.origin}/`);
    return { ...opened, uploads, ledger: () => server.emulator.ledger() };
  }

  const prompt = (page) => page.getByLabel("What shall it show?");
  const paint = (page) => page.getByRole("button", { name: "Paint" });
  const says = (page, words) => page.getByRole("status").filter({ hasText: words }).waitFor();
  const said = (page) => page.evaluate(() => window.said);

  /** The picture of a prompt, which the browser has decoded. */
  const pictureOf = (page, words) =>
    page.getByRole("img", { name: words, exact: true }).evaluate(async (image) => {
      await image.decode();
      return image.naturalWidth;
    });

  test("a_photo_with_a_location_becomes_a_picture_and_the_location_stays_here", async (t) => {
    const { page, complaints, uploads, requests, ledger } = await visit(t);
    assert.ok(tellsPlace(holiday.buffer));
    await page.screenshot({ path: join(SCREENSHOTS, "leptos-empty.png") });
    await prompt(page).fill("A lighthouse");
    await page.getByLabel("Photos to go by").setInputFiles(holiday);
    await paint(page).click();
    await says(page, "Queued…");
    assert.equal(await paint(page).isDisabled(), true);
    await says(page, "Done.");
    assert.ok((await pictureOf(page, "A lighthouse")) > 0);
    await page.screenshot({ path: join(SCREENSHOTS, "leptos-desktop.png"), fullPage: true });

    assert.equal(uploads.length, 1);
    assert.ok(uploads[0].includes("holiday.jpg") && !tellsPlace(uploads[0]), "the photo is sent without its location");
    const kinds = [/^Uploading photo 1 of 1: \d+ %$/, /^Sending…$/, /^Queued…$/, /^Painting for \d+ s…$/, /^Done\.$/];
    const words = await said(page);
    for (const kind of kinds)
      assert.ok(
        words.some((each) => kind.test(each)),
        `${kind} of ${JSON.stringify(words)}`,
      );
    assert.equal(ledger().charges.length, 1);
    assert.ok(
      requests.some((url) => url.includes("/snippets/")),
      "the crate's own JavaScript came along",
    );
    assert.equal(await paint(page).isEnabled(), true);
    await page.addScriptTag({ content: AXE });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(
      violations.map(({ help }) => help),
      [],
    );
    assert.deepEqual(complaints, []);
  });

  test("a_reload_while_it_is_made_goes_on_and_nothing_is_charged_twice", async (t) => {
    const { page, complaints, ledger } = await visit(t, {
      viewport: { width: 390, height: 844 },
    });
    await prompt(page).fill("A harbour");
    await paint(page).click();
    await says(page, "Queued…");
    await page.reload();
    await says(page, /^(Queued|Painting for)/);
    assert.equal(ledger().charges.length, 1);
    await says(page, "Done.");
    assert.ok((await pictureOf(page, "A harbour")) > 0);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
    await page.screenshot({ path: join(SCREENSHOTS, "leptos-phone.png"), fullPage: true });
    assert.equal(ledger().charges.length, 1);

    // What was seen is pending no more.
    await page.reload();
    await prompt(page).fill("A hill");
    await paint(page).click();
    await says(page, "Done.");
    assert.equal(await page.getByRole("img").count(), 1);
    assert.equal(ledger().charges.length, 2);
    assert.deepEqual(complaints, []);
  });

  test("what_goes_wrong_is_said_and_can_be_tried_again", async (t) => {
    const { page, complaints, ledger } = await visit(t, { pace: { queuedMs: 0, processingMs: 0 } });
    await prompt(page).fill("x".repeat(20_001));
    await paint(page).click();
    await says(page, "validation_failed");
    assert.equal(ledger().charges.length, 0);
    await prompt(page).fill("A lighthouse");
    await paint(page).click();
    await says(page, "Done.");
    assert.equal(ledger().charges.length, 1);
    assert.deepEqual(complaints, []);
  });
});
