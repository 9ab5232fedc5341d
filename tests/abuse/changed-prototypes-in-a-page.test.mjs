/**
 * In a page, where scripts of others are the rule: every name of the package stands on `Object.prototype` as an
 * accessor that tells who came by, and nobody of ours does, with XMLHttpRequest, IndexedDB, Web Locks and a real form.
 * The rest is in `changed-prototypes.test.mjs`.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { createEmulator } from "rivya-wasm/emulator";
import { launchChromium } from "../support/browsers.mjs";
import { tinyPng } from "../support/tiny-png.mjs";
import { readStatic } from "../../src/npm/cli/static.js";
import { forwardToEmulator, serveEmulator } from "../../src/npm/server.js";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const PAGE = `<!doctype html><title>prototypes</title><form><input type="file" name="photo"></form>
<script type="module">
  const source = await (await fetch("/dist/index.browser.js")).text();
  const photo = await (await fetch("/photo.png")).blob();
  const names = new Set(source.replace(/"[^"\\\\]{1000,}"/g, '""').match(/[A-Za-z_$][\\w$]*/g));
  // What the language asks each object for, what the glue writes on its own objects and functions, and what a
  // platform's constructor sets.
  const others = ["then", "return", "ptr", "__wbg_ptr", "_wbg_cb_unref"];
  for (const name of [...Object.getOwnPropertyNames(Object.prototype), ...others]) names.delete(name);
  const passed = new Set();
  const tell = (what) => {
    if (new Error().stack.split("\\n")[3]?.includes("/dist/")) passed.add(what);
  };
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      __proto__: null,
      configurable: true,
      get: () => void tell(name + " is read"),
      set(value) {
        tell(name + " is written");
        const own = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
        Object.defineProperty(this, name, own);
      },
    });
  }
  const found = await (async () => {
    const { createClient } = await import("/dist/index.browser.js");
    const client = await createClient();
    const warnings = [];
    console.warn = (text) => warnings.push(text);
    const empty = new FormData(document.querySelector("form")).get("photo");
    const bytes = new Uint8Array(await photo.arrayBuffer());
    const told = [];
    const request = { model: "nano-banana-2", prompt: "x", references: [empty, new File([photo], "a.png"), bytes] };
    const done = await client.generate(request, { idempotencyKey: "k", onProgress: ({ phase }) => told.push(phase) });
    const [blob] = await client.download(done, { onProgress() {} });
    let states = 0;
    for await (const _ of client.generations.watch(done.id)) states += 1;
    await client.generations.create({ model: "z-image", prompt: "x" }, { idempotencyKey: "l" });
    await client.pending();
    await client.resume({ idempotencyKey: "k" });
    await client.forget({ idempotencyKey: "k" });
    await client.files.inspect(photo);
    await client.credits.retrieve().catch(() => {});
    client.free();
    return { type: blob.type, states, uploading: told.includes("uploading"), warnings };
  })().catch((error) => ({ failed: String(error?.stack ?? error) }));
  for (const name of names) delete Object.prototype[name];
  // Whoever asks the page from outside, by a script within it, would not get through meanwhile.
  await fetch("/found", { method: "POST", body: JSON.stringify({ ...found, passed: [...passed].sort() }) });
</script>`;

describe("in a page whose prototypes were changed before the import", () => {
  let browser;
  let server;
  let told;
  const found = new Promise((resolve) => (told = resolve));

  before(async () => {
    const files = async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/found") {
        told(await request.json());
        return new Response(null, { status: 204 });
      }
      if (pathname === "/") return new Response(PAGE, { headers: { "Content-Type": "text/html" } });
      if (pathname === "/photo.png") return new Response(tinyPng(), { headers: { "Content-Type": "image/png" } });
      if (!pathname.startsWith("/dist/")) return undefined;
      const { bytes, mimeType } = await readStatic(DIST, pathname.slice("/dist".length));
      return new Response(bytes, { headers: { "Content-Type": mimeType } });
    };
    const pace = { queuedMs: 0, processingMs: 0 };
    server = await serveEmulator((publicUrl) => createEmulator({ publicUrl, pace }), {
      handlers: [files, forwardToEmulator()],
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    server?.emulator.free();
  });

  test("none_of_them_is_read_nor_written_by_a_name_of_ours", async () => {
    const page = await browser.newPage();
    await page.goto(server.origin);
    const { warnings, ...rest } = await found;
    assert.deepEqual(rest, { type: "image/jpeg", states: 1, uploading: true, passed: [] });
    assert.equal(warnings.length, 1, "the form's empty input");
    assert.match(warnings[0], /references\[0\] .*none was chosen/);
  });
});
