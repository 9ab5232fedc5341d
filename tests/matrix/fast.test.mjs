/** The packed package in tiny real projects: built by each bundler, and run. `npm run test:matrix` has the slow rest. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { serveStatic } from "../../build/static-server.mjs";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";
import { BUNDLERS, indexHtml, startVite } from "./bundlers.mjs";
import { DONE, MAIN, SOURCE, embeddedIn, installPackage, occurrences, page, slimSource } from "./project.mjs";

const run = promisify(execFile);
const FILES = { "index.html": indexHtml, "main.js": MAIN, "journey.js": SOURCE };
const IMPORT_MAP = `<script type="importmap">${JSON.stringify({
  imports: Object.fromEntries(["index", "emulator"].map((name) => [name === "index" ? "rivya-wasm" : `rivya-wasm/${name}`, `/node_modules/rivya-wasm/dist/${name}.browser.js`])),
})}</script>`;

describe("the packed package", () => {
  let installed;
  let chromium;
  before(async () => {
    installed = await installPackage();
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium?.close();
    installed?.close();
  });

  /** Opens a page and makes a picture in it. Nothing may be complained of, nothing be missing. */
  async function travels(url, browser = chromium) {
    const context = await browser.newContext();
    const complaints = [];
    try {
      const tab = await context.newPage();
      tab.on("pageerror", (error) => complaints.push(error.message));
      tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      tab.on("response", (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`));
      await tab.goto(url);
      await tab.waitForFunction(() => globalThis.journey !== undefined, undefined, { timeout: 60_000 });
      assert.deepEqual(await tab.evaluate(() => globalThis.journey()), DONE);
      assert.deepEqual(complaints, []);
    } catch (error) {
      throw complaints.length > 0 ? new Error(complaints.join("\n"), { cause: error }) : error;
    } finally {
      await context.close();
    }
  }
  async function travelsFrom(folder, browser) {
    const server = await serveStatic({ folders: { "/": folder }, pages: { "/": readFileSync(join(folder, "index.html")) } });
    try {
      await travels(server.url, browser);
    } finally {
      await server.close();
    }
  }

  for (const [name, { version, build, slim }] of Object.entries(BUNDLERS)) {
    test(`makes_a_picture_built_by_${name}_${version}_with_one_copy_of_each_module`, async () => {
      const folder = await build(installed.project(name, FILES));
      for (const entry of ["index.browser.js", "emulator.browser.js"]) assert.equal(occurrences(folder, embeddedIn(entry)), 1, entry);
      await travelsFrom(folder);
    });

    if (slim === undefined) continue;
    test(`makes_a_picture_with_the_slim_entry_built_by_${name}`, async () => {
      const folder = await build(installed.project(`${name}-slim`, { ...FILES, "journey.js": slimSource(slim) }));
      assert.equal(occurrences(folder, embeddedIn("index.browser.js")), 0, "the module is a file");
      await travelsFrom(folder);
    });
  }

  test("makes_a_picture_served_by_vite_while_developing", async () => {
    const server = await startVite(installed.project("vite-dev", FILES));
    try {
      await travels(server.url);
    } finally {
      await server.close();
    }
  });

  for (const [name, launch] of Object.entries({ chromium: () => chromium, firefox: launchFirefox })) {
    test(`makes_a_picture_in_a_plain_page_of_${name}`, async () => {
      const browser = await launch();
      try {
        await travelsFrom(installed.project(`plain-${name}`, { ...FILES, "index.html": page(`${IMPORT_MAP}<script type="module" src="/main.js"></script>`) }), browser);
      } finally {
        if (browser !== chromium) await browser.close();
      }
    });
  }

  test("makes_a_picture_in_node", async () => {
    const folder = installed.project("node", { "journey.js": SOURCE, "main.js": `import { journey } from "./journey.js"; console.log(JSON.stringify(await journey()));` });
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: folder });
    assert.deepEqual(JSON.parse(stdout), DONE);
  });

  test("makes_a_picture_in_workerd", async () => {
    const folder = installed.project("workerd", { "journey.js": SOURCE, "worker.js": `import { journey } from "journey.js"; export default { fetch: async () => Response.json(await journey()) };` });
    const dist = (name) => join(folder, "node_modules/rivya-wasm/dist", name);
    const worker = await startWorkerd({
      compatibilityDate: newestCompatibilityDate(),
      modules: {
        "worker.js": join(folder, "worker.js"),
        "journey.js": join(folder, "journey.js"),
        "rivya-wasm": dist("index.workerd.js"),
        "client.wasm": dist("client.wasm"),
        "rivya-wasm/emulator": dist("emulator.workerd.js"),
        "rivya-wasm/emulator.wasm": dist("emulator.wasm"),
      },
    });
    try {
      assert.deepEqual(await (await fetch(worker.origin)).json(), DONE);
    } finally {
      await worker.stop();
    }
  });
});
