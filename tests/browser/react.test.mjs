// The example for React, bundled as it stands, in Chromium: the emulator of the API is in the page, so that nothing
// leaves it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { build } from "esbuild";
import { serveFetch } from "../../dist/server.js";
import { launchChromium } from "../support/browsers.mjs";
import { openPage } from "../support/page.mjs";

const ROOT = new URL("../../", import.meta.url);
/** The page's root, which a test steers by `window.app`. Under StrictMode each component is mounted twice. */
const APP = `
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "rivya-wasm";
import { createEmulator } from "rivya-wasm/emulator";
import { Studio } from "./studio";
import { useGeneration } from "./use-generation";

const emulator = await createEmulator({ pace: { queuedMs: 0, processingMs: 500 } });
const outcomes = [];
/** A client that keeps how each of its generations ended. */
async function connect() {
  const client = await createClient({ ...emulator.options, store: null });
  const generate = client.generate.bind(client);
  client.generate = (...call) => {
    const running = generate(...call);
    outcomes.push(running.then(() => "succeeded", (error) => error.name));
    return running;
  };
  return client;
}
/** The hook alone, with what it answers within a test's reach. */
function Bare({ client }) {
  window.hook = useGeneration(client);
  return null;
}
const root = createRoot(document.getElementById("root"));
const render = async (Shown) => root.render(<StrictMode><Shown client={await connect()} /></StrictMode>);
const show = () => render(Studio);
await show();
window.app = {
  show,
  showBare: () => render(Bare),
  leave: () => root.render(null),
  charges: () => emulator.ledger().charges.length,
  outcomes: () => Promise.all(outcomes),
};
`;
const PAGE = `<!doctype html><title>example</title><link rel="icon" href="data:,"><div id="root"></div>
<script type="module" src="/app.js"></script>`;

let browser;
let server;
before(async () => {
  const stdin = { contents: APP, loader: "jsx", resolveDir: new URL("examples/react", ROOT).pathname };
  // React's development build, which complains of what it would pass over in silence otherwise.
  const bundled = await build({
    stdin,
    jsx: "automatic",
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    define: { "process.env.NODE_ENV": '"development"' },
  });
  const files = { "/": ["text/html", PAGE], "/app.js": ["text/javascript", bundled.outputFiles[0].text] };
  server = await serveFetch(() => ({ url }) => {
    const [type, body] = files[new URL(url).pathname] ?? [];
    return body === undefined
      ? new Response(null, { status: 404 })
      : new Response(body, { headers: { "Content-Type": type } });
  });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A visit: the page with a prompt written. */
async function visit(t) {
  const { page, complaints, context } = await openPage(browser, `${server.origin}/`);
  t.after(() => context.close());
  await page.getByLabel("Prompt").fill("A lighthouse");
  const [make, stop] = ["Make it", "Stop waiting"].map((name) => page.getByRole("button", { name }));
  const phase = (text) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const app = (name) => page.evaluate((name) => window.app[name](), name);
  return { page, complaints, make, stop, phase, app };
}

describe("the example for React", () => {
  test("generate_shows_a_picture_and_two_clicks_make_one", async (t) => {
    const { page, complaints, app } = await visit(t);
    await page.evaluate(() => {
      const form = document.querySelector("form");
      form.requestSubmit();
      form.requestSubmit(); // before React has disabled the button
    });
    await page.waitForFunction(() => document.querySelector("img")?.naturalWidth > 0);
    assert.equal(await app("charges"), 1);
    assert.deepEqual(await app("outcomes"), ["succeeded"]);
    assert.deepEqual(complaints, []);
  });

  test("who_stops_waiting_sees_nothing_of_that_run_and_can_begin_another", async (t) => {
    const { page, complaints, make, stop, phase, app } = await visit(t);
    await make.click();
    await phase("processing");
    await stop.click();
    assert.deepEqual(await app("outcomes"), ["AbortError"]);
    assert.equal(await page.getByRole("status").textContent(), "");
    assert.equal(await page.getByRole("alert").count(), 0);
    await make.click();
    await page.waitForFunction(() => document.querySelector("img")?.naturalWidth > 0);
    assert.deepEqual(await app("outcomes"), ["AbortError", "succeeded"]);
    assert.deepEqual(complaints, []);
  });

  for (const [way, name] of [
    ["its_component_goes", "leave"],
    ["another_client_comes", "show"],
  ]) {
    test(`a_run_is_aborted_when_${way}`, async (t) => {
      const { page, complaints, make, phase, app } = await visit(t);
      await make.click();
      await phase("processing");
      await app(name);
      assert.deepEqual(await app("outcomes"), ["AbortError"]);
      assert.equal(await page.getByRole("alert").count(), 0);
      if (name === "show") assert.ok(await make.isEnabled());
      else assert.equal(await page.locator("form").count(), 0);
      assert.deepEqual(complaints, []);
    });
  }

  test("what_one_client_made_goes_when_another_comes", async (t) => {
    const { page, complaints, make, app } = await visit(t);
    await make.click();
    await page.locator("img").waitFor();
    await app("show");
    await page.locator("img").waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
  });

  test("a_picture_that_is_there_stays_when_there_is_nothing_to_stop", async (t) => {
    const { page, complaints, app } = await visit(t);
    await app("showBare");
    await page.waitForFunction(() => window.hook);
    await page.evaluate(() => window.hook.generate({ model: "nano-banana-2", prompt: "A lighthouse" }));
    await page.waitForFunction(() => window.hook.result !== null);
    const held = () =>
      page.evaluate(() => ({
        isRunning: window.hook.isRunning,
        status: window.hook.result?.status,
        error: window.hook.error,
      }));
    const made = { isRunning: false, status: "succeeded", error: null };
    assert.deepEqual(await held(), made);
    // Whatever it changed is rendered before the next frame.
    await page.evaluate(
      () =>
        new Promise((resolve) => (window.hook.cancel(), requestAnimationFrame(() => requestAnimationFrame(resolve)))),
    );
    assert.deepEqual(await held(), made);
    assert.equal(await app("charges"), 1);
    assert.deepEqual(complaints, []);
  });

  test("what_failed_is_told_and_the_next_run_begins_afresh", async (t) => {
    const { page, complaints, make, app } = await visit(t);
    await page.getByLabel("Prompt").fill("x".repeat(20_001));
    await make.click();
    await page
      .getByRole("alert")
      .filter({ hasText: "20,000" })
      .or(page.getByRole("alert").filter({ hasText: "20000" }))
      .waitFor();
    assert.equal(await app("charges"), 0);
    await page.getByLabel("Prompt").fill("A lighthouse");
    await make.click();
    await page.locator("img").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.equal(await app("charges"), 1);
    assert.deepEqual(complaints, []);
  });
});
