/** The stores that the README shows, as they stand there: each keeps what it is given, for the next client, too. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { build } from "esbuild";
import { API, createFakeApi, generation } from "../support/fake-api.mjs";
import { samplesOf } from "../support/readme.mjs";
import { until } from "../support/until.mjs";
import { createClient, REQUEST } from "./harness.mjs";

const ROOT = new URL("../../", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "journal-"));
after(() => rmSync(folder, { recursive: true, force: true }));
// The sample for Node runs as it is read, and keeps its journal where it stands.
process.chdir(folder);

/** What a sample exports. */
async function adapterOf(sample) {
  const { code } = samplesOf("README.md").find(({ name }) => name === sample);
  const workers = {
    name: "workers",
    setup: (plugins) => {
      plugins.onResolve({ filter: /^cloudflare:/ }, ({ path }) => ({ path, namespace: "workers" }));
      plugins.onLoad({ filter: /.*/, namespace: "workers" }, () => ({ contents: "export class DurableObject {}" }));
      plugins.onResolve({ filter: /^rivya-wasm$/ }, () => ({
        path: new URL("dist/index.node.js", ROOT).href,
        external: true,
      }));
    },
  };
  const bundled = await build({
    stdin: { contents: code, loader: "ts", resolveDir: ROOT.pathname },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    plugins: [workers],
  });
  return (
    await import(`data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].contents).toString("base64")}`)
  ).storeIn;
}

/** A KV namespace that lists two names at a time. */
function kvNamespace() {
  const texts = new Map();
  return {
    get: async (name) => texts.get(name) ?? null,
    put: async (name, text) => void texts.set(name, text),
    delete: async (name) => void texts.delete(name),
    async list({ prefix, cursor = "0" }) {
      const names = [...texts.keys()].filter((name) => name.startsWith(prefix)).sort();
      const end = Number(cursor) + 2;
      const keys = names.slice(Number(cursor), end).map((name) => ({ name }));
      return end >= names.length ? { keys, list_complete: true } : { keys, list_complete: false, cursor: String(end) };
    },
  };
}

/** A Durable Object's storage: structured values, undefined where there is none. */
function objectStorage() {
  const values = new Map();
  return {
    get: async (key) => structuredClone(values.get(key)),
    put: async (key, value) => void values.set(key, structuredClone(value)),
    delete: async (key) => values.delete(key),
    list: async ({ prefix }) => new Map([...values].filter(([key]) => key.startsWith(prefix))),
  };
}

const ADAPTERS = {
  "worker-kv": async (storeIn) => storeIn(kvNamespace()),
  "worker-durable": async (storeIn) => storeIn(objectStorage()),
  "node-folder": (storeIn) => storeIn(join(folder, "entries")),
};

describe("the readme's store", () => {
  for (const [sample, open] of Object.entries(ADAPTERS)) {
    test(`${sample} keeps texts by any key, and lists them`, async () => {
      const store = await open(await adapterOf(sample));
      const keys = [
        "rivya-wasm/a/k",
        "rivya-wasm/a/../..",
        "rivya-wasm/a/CON: <x>?*",
        "rivya-wasm/a/__proto__",
        `rivya-wasm/a/${"x".repeat(60)}`,
      ];
      assert.equal(await store.get(keys[0]), null);
      await store.delete(keys[0]);
      for (const [index, key] of keys.entries()) await store.set(key, `text ${index} é 🖼`);
      await store.set("other", "theirs");
      for (const [index, key] of keys.entries()) assert.equal(await store.get(key), `text ${index} é 🖼`);
      await store.set(keys[0], "anew");
      assert.equal(await store.get(keys[0]), "anew");
      assert.deepEqual((await store.keys("rivya-wasm/")).sort(), keys.toSorted());
      for (const key of [...keys, "other"]) await store.delete(key);
      assert.deepEqual(await store.keys(""), []);
    });

    test(`${sample} brings work from one client to the next`, async () => {
      const store = await open(await adapterOf(sample));
      let isOver = false;
      const { fetch, calls } = createFakeApi(({ method }) =>
        method === "GET" && !isOver ? { json: generation("processing") } : undefined,
      );
      const connect = () => createClient({ baseUrl: API, fetch, store });
      const controller = new AbortController();
      const left = (await connect()).generate(REQUEST, {
        idempotencyKey: "k",
        signal: controller.signal,
        onProgress: ({ phase }) => void (phase === "queued" && controller.abort()),
      });
      await assert.rejects(left, { name: "AbortError" });
      isOver = true;
      const client = await connect();
      const [pending] = await client.pending();
      assert.deepEqual([pending.idempotencyKey, pending.state], ["k", "running"]);
      assert.equal((await client.resume(pending)).status, "succeeded");
      assert.equal(calls.filter(({ method }) => method === "POST").length, 1);
      assert.deepEqual(await client.pending(), []);
    });
  }

  test("node-folder leaves no drafts", async () => {
    const drafts = () => readdirSync(join(folder, "entries")).filter((name) => name.endsWith(".draft"));
    await until(() => drafts().length === 0, { what: "every draft has become an entry" });
  });
});
