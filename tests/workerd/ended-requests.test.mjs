/**
 * A request that ends in the midst of a call, inside workerd: at each fetch, question to the store, callback and timer
 * of `generate` with an upload, it is aborted, answered, or left by its caller. What it was at hangs nobody: the next
 * requests of the same isolate make their pictures, and one of them takes up what was left, which is charged once.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { tinyPng } from "../support/tiny-png.mjs";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";

const API_KEY = "rvya_sk_emulator";
/** A call is over within seconds; workerd gives up on a hung request long before twice that. */
const ANSWER_LIMIT_MS = 20_000;
/** What a whole call meets: at least one of each. */
const KINDS = ["fetch", "get", "progress", "set", "timer"];
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

for (const compatibilityDate of ["2024-09-01", newestCompatibilityDate()])
  describe(`in workerd with compatibility date ${compatibilityDate}`, () => underDate(compatibilityDate));

function underDate(compatibilityDate) {
  let api;
  let workerd;
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-settings-"));

  before(async () => {
    api = await serveEmulator((publicUrl) =>
      createEmulator({
        apiKeys: [API_KEY],
        credits: 1_000_000,
        publicUrl,
        pace: { queuedMs: 20, processingMs: 20 },
      }),
    );
    const settings = { apiKey: API_KEY, baseUrl: `${api.origin}/api/v1`, photo: [...tinyPng()] };
    writeFileSync(join(folder, "settings.mjs"), `export default ${JSON.stringify(settings)};`);
    workerd = await startWorkerd({
      compatibilityDate,
      // It tells which request something is done for.
      compatibilityFlags: ["nodejs_als"],
      modules: {
        "worker.mjs": path("ended-worker.mjs"),
        "settings.mjs": join(folder, "settings.mjs"),
        "dist/index.workerd.js": path("../../dist/index.workerd.js"),
        "dist/client.wasm": path("../../dist/client.wasm"),
      },
    });
  });
  after(async () => {
    await workerd?.stop();
    await api?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const request = (route, key, moment, signal) =>
    fetch(`${workerd.origin}${route}?${new URLSearchParams({ key, moment })}`, {
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_LIMIT_MS), ...(signal ? [signal] : [])]),
    });
  const ask = async (route, key, moment = 0) => (await request(route, key, moment)).json();
  const succeeds = async (key, what) => assert.equal((await ask("/generate", key)).status, "succeeded", what);

  /** Each ends the request at a moment, and answers what kind that was; null where the call was over before it. */
  const WAYS = {
    aborted: async (key, moment) => (await ask("/abort", key, moment)).kind,
    answered: async (key, moment) => (await ask("/answer", key, moment)).kind,
    left_by_its_caller: async (key, moment) => {
      const leaving = new AbortController();
      const { body } = await request("/hang-up", key, moment, leaving.signal);
      const { value } = await body.getReader().read();
      leaving.abort();
      // Where nobody reads for a while, it has told of its end, too.
      return JSON.parse(new TextDecoder().decode(value).split("\n")[0]).kind;
    },
  };

  test("a_call_outside_of_a_request_fails_and_later_ones_are_none_the_worse", async () => {
    const { code, message } = await ask("/early", "early");
    assert.equal(code, "network_error");
    assert.match(message, /global scope/);
    await succeeds("early");
  });

  for (const [way, ended] of Object.entries(WAYS)) {
    test(`a_request_${way}_at_any_moment_hangs_no_other_and_what_it_left_is_charged_once`, async () => {
      const met = new Set();
      let moment = 0;
      for (let kind; ; moment += 1) {
        const [key, other, beside] = ["left", "other", "beside"].map((name) => `${way}-${moment}-${name}`);
        const besides = succeeds(beside, `one beside it, ended at moment ${moment}`);
        kind = await ended(key, moment);
        const what = `ended at moment ${moment}, ${kind}`;
        await succeeds(other, `another one, ${what}`);
        await succeeds(key, `the same once more, ${what}`);
        await besides;
        if (kind === null) break;
        met.add(kind);
      }
      assert.deepEqual([...met].sort(), KINDS);
      const { charges } = api.emulator.ledger();
      const keys = charges.map(({ idempotencyKey }) => idempotencyKey).filter((key) => key.startsWith(`${way}-`));
      assert.equal(keys.length, new Set(keys).size, "none was charged twice");
      assert.equal(keys.length, 3 * (moment + 1), "each is the one that its callers were given");
    });
  }
}
