/**
 * The client inside a Worker with the key in its environment: from a photo to the picture, over real HTTP and over a
 * service binding.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { after, before, beforeEach, describe, test } from "node:test";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { noisePng } from "../support/pictures.mjs";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";

const API_KEY = "rvya_sk_emulator";
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

for (const compatibilityDate of ["2024-09-01", "2025-06-01", newestCompatibilityDate()]) {
  describe(`a Worker of ${compatibilityDate} that holds the key`, () => {
    let api;
    let workerd;
    let seen;

    before(async () => {
      const record = async (request) => {
        const entry = {
          method: request.method,
          path: new URL(request.url).pathname,
          headers: request.headers,
          isBound: request.headers.get("x-was-bound") === "yes",
        };
        if (entry.path === "/api/v1/files") entry.body = Buffer.from(await request.clone().arrayBuffer());
        seen.push(entry);
        return undefined;
      };
      api = await serveEmulator(
        (publicUrl) => createEmulator({ apiKeys: [API_KEY], publicUrl, pace: { queuedMs: 50, processingMs: 50 } }),
        { handlers: [record] },
      );
      const bindings = { API_KEY, UPSTREAM: `${api.origin}/api/v1` };
      workerd = await startWorkerd({
        compatibilityDate,
        modules: {
          "worker.mjs": path("bound-worker.mjs"),
          "rivya-wasm": path("../../dist/index.workerd.js"),
          "client.wasm": path("../../dist/client.wasm"),
        },
        bindings,
        workers: { API: { modules: { "worker.mjs": path("forwarding-worker.mjs") }, bindings } },
      });
    });
    beforeEach(() => (seen = []));
    after(async () => {
      await workerd?.stop();
      await api?.close();
    });

    async function generate(route) {
      const photo = noisePng({ maxBytes: 1_000_000 });
      const response = await fetch(workerd.origin + route, { method: "POST", body: photo });
      const answer = await response.json();
      assert.equal(response.status, 200, `${answer.error}\n${answer.stack}\n${workerd.log()}`);
      assert.equal(answer.status, "succeeded");
      assert.ok(answer.type.startsWith("image/") && answer.size > 1_000);
      const { body } = seen.find(({ body }) => body !== undefined);
      const start = body.indexOf(photo.subarray(0, 64));
      const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
      assert.equal(digest(body.subarray(start, start + photo.length)), digest(photo));
      for (const { path, headers } of seen)
        assert.equal(headers.get("authorization"), path.startsWith("/api/v1/") ? `Bearer ${API_KEY}` : null, path);
    }

    test("makes_a_picture_of_a_photo_over_the_network", async () => {
      await generate("/network");
      assert.ok(seen.every(({ isBound }) => !isBound));
    });

    test("makes_a_picture_of_a_photo_over_a_service_binding_and_nothing_goes_beside_it", async () => {
      await generate("/bound");
      assert.ok(seen.every(({ isBound }) => isBound));
      assert.ok(seen.some(({ path }) => path.startsWith("/results/")));
    });
  });
}
