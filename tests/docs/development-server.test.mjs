// What the page guide says of a development server before the proxy: Vite's, with the line that stands there.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import { createClient } from "rivya-wasm";
import { createProxy } from "rivya-wasm/edge";
import { createEmulator } from "rivya-wasm/emulator";
import * as vite from "vite";

const LINE = /"\/api\/rivya": (\{ target: "http:\/\/127\.0\.0\.1:3000", changeOrigin: false \})/;

/** A page's client behind Vite, which hands the proxy's path on as `entry(origin)` says. */
async function clientBehindVite(t, entry) {
  const emulator = await createEmulator();
  const proxy = createProxy({
    apiKey: emulator.options.apiKey,
    signingKey: "the signing key of this test, long enough",
    authorize: () => "ann",
    fetch: emulator,
  });
  const server = serve({ fetch: (request) => proxy.fetch(request), hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const root = mkdtempSync(join(tmpdir(), "rivya-wasm-vite-"));
  const tool = await vite.createServer({
    root,
    configFile: false,
    logLevel: "silent",
    server: { host: "127.0.0.1", port: 0, proxy: { "/api/rivya": entry(`http://127.0.0.1:${server.address().port}`) } },
  });
  await tool.listen();
  // It says so to the whole process.
  delete process.env.NODE_ENV;
  t.after(async () => {
    await tool.close();
    server.close();
    emulator.free();
    rmSync(root, { recursive: true, force: true });
  });
  const { origin } = new URL(tool.resolvedUrls.local[0]);
  // Its own origin is what a browser sends with each POST.
  return createClient({ baseUrl: `${origin}/api/rivya`, headers: { Origin: origin }, store: null });
}

test("the_line_for_vite_in_the_page_guide_lets_the_page_in", async (t) => {
  const [, line] = LINE.exec(readFileSync(new URL("../../docs/page.md", import.meta.url), "utf8"));
  const client = await clientBehindVite(t, (target) => ({ ...new Function(`return ${line}`)(), target }));
  assert.equal((await client.generations.create({ model: "nano-banana-2", prompt: "A kite" })).status, "queued");
});

test("its_short_form_does_not_as_the_guide_says", async (t) => {
  const client = await clientBehindVite(t, (target) => target);
  await assert.rejects(client.generations.create({ model: "nano-banana-2", prompt: "A kite" }), {
    code: "origin_not_allowed",
  });
});
