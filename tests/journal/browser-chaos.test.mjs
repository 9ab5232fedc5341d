/**
 * Two tabs of Chromium at the same work, over HTTP, where 30 % of all exchanges fail and either tab is reloaded or
 * closed at random moments: whatever was charged is delivered, for one charge where the API knows keys, and nothing is
 * sent again whose id is known. `SEED` repeats what was drawn here.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createEmulator } from "rivya-wasm/emulator";
import { serveStatic } from "../../build/static-server.mjs";
import { serveEmulator } from "../../dist/server.js";
import { launchChromium } from "../support/browsers.mjs";
import { randomNumbers } from "./chaos.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const KEY = "rvya_sk_emulator";
const FAULTS = ["drop_before", "drop_after", "status_429", "status_500", "status_503", "slow", "truncate", "garbage"];
const FAULT_RATE = 0.3;
const PACE = { queuedMs: 100, processingMs: 400 };
const HABITS = ["replay", "conflict_while_running", "ignored"];
const GENERATIONS = 24;
/** In the mean. Then the tab is reloaded, or closed and another opened; after so many lives it may finish. */
const LIFE_MS = 1_500;
const LIVES = 6;
/** Nobody waits longer for all of it. */
const LIMIT_MS = 120_000;

/** Every second has a key of the caller's, and is begun in both tabs; every third has a photo, every seventh fails. */
const JOBS = Array.from({ length: GENERATIONS }, (_, number) => ({
  prompt: `${number}${number % 7 === 3 ? " fails" : ""}`,
  key: number % 2 === 0 ? `job-${number}` : undefined,
  hasPhoto: number % 3 === 0,
}));

/** What a tab does. `log` outlives it: what was handed over, and what must not be. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>chaos</title><script type="module">
  const API = new URLSearchParams(location.search).get("api");
  const entries = async () => {
    const done = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const opening = indexedDB.open("rivya-wasm", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("journal");
    const database = await done(opening);
    const texts = await done(database.transaction("journal").objectStore("journal").getAll());
    database.close();
    return texts.map((text) => JSON.parse(text)).filter(({ key }) => key !== undefined);
  };
  const log = (what) => localStorage.setItem(crypto.randomUUID(), JSON.stringify(what));
  const read = () => Object.values({ ...localStorage }).map((text) => JSON.parse(text));
  const isDone = (prompt) => read().some((each) => each.prompt === prompt);
  const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

  // On a machine that is busy enough IndexedDB may take over 2 s: then a call goes on without a journal, and says so.
  let hasFailed = false;
  console.warn = (warning) => {
    hasFailed ||= warning.includes("the store failed");
    log({ warning });
  };

  const isOf = (name, key) => name.startsWith("rivya-wasm/submission/") && name.endsWith("/" + key);
  const isMine = async (key) =>
    (await navigator.locks.query()).held.some(({ name, mode }) => mode === "exclusive" && isOf(name, key));

  // Whoever sends has the lock: what the journal holds now is what the client could know.
  const { fetch } = globalThis;
  globalThis.fetch = async (url, init) => {
    if (init?.method === "POST" && url === API + "/generations") {
      const key = init.headers.get("Idempotency-Key");
      const found = (await entries()).filter((entry) => entry.key === key);
      const report = (problem) => log({ problem: problem + ": " + init.body });
      if (found.length !== 1 && !hasFailed) report(found.length + " entries of what is sent");
      else if (found[0]?.id !== undefined && !hasFailed) report("sent again though its id is known");
      else if (!(await isMine(key))) report("sent without the lock");
      else if (found.length === 1 && found[0].body !== init.body && !hasFailed) report("other bytes under one key");
      init.signal?.throwIfAborted();
    }
    return fetch(url, init);
  };

  const { createClient } = await import("/dist/index.browser.js");
  const options = { baseUrl: API, apiKey: "${KEY}", dangerouslyAllowBrowser: true, timeoutMs: 5_000, maxRetries: 3 };
  const client = await createClient(options);
  const KNOWN = ["network_error", "invalid_response", "timeout", "rate_limited"];

  async function handOver(prompt, call) {
    try {
      const { id } = await call;
      log({ prompt, id });
    } catch (error) {
      if (error.code === "generation_failed") return log({ prompt, id: error.generation.id });
      const { code, status, retryable, mayHaveBeenCharged } = error;
      const isKnown = retryable || mayHaveBeenCharged || KNOWN.includes(code) || status >= 500;
      // Another tab may have handed it over, and its failure is forgotten then.
      if (!isKnown && !isDone(prompt)) log({ problem: prompt + ": " + error.code + " " + (error.stack ?? error) });
      await pause();
    }
  }

  async function getDone({ prompt, key, hasPhoto }) {
    while (!isDone(prompt)) {
      const mine = (await entries()).filter((entry) => entry.prompt === prompt);
      if (mine.length > 1) log({ problem: mine.length + " entries of " + prompt });
      const canvas = new OffscreenCanvas(16, 16);
      canvas.getContext("2d").fillRect(4, 4, 8, 8);
      const references = hasPhoto ? [await canvas.convertToBlob({ type: "image/png" })] : [];
      const request = { model: hasPhoto ? "nano-banana-2" : "z-image", prompt, references };
      const isNew = mine.length === 0 || key !== undefined;
      const call = isNew
        ? client.generate(request, { idempotencyKey: key })
        : client.resume({ idempotencyKey: mine[0].key });
      await handOver(prompt, call);
    }
  }

  /** Whatever anybody left, whether somebody is at it or not. */
  async function resumeAll(jobs) {
    while (!jobs.every(({ prompt }) => isDone(prompt))) {
      const left = (await client.pending()).filter(({ prompt }) => !isDone(prompt));
      await Promise.all(left.map((entry) => handOver(entry.prompt, client.resume(entry))));
      await pause();
    }
  }

  globalThis.work = (jobs, own) => Promise.all([resumeAll(jobs), ...own.map(getDone)]).then(() => true);
  globalThis.tell = async () => ({ log: read(), entries: await entries() });
  globalThis.isReady = true;
</script>`;

describe(`in Chromium, with seed ${SEED}`, { concurrency: true, timeout: 2 * LIMIT_MS }, () => {
  let browser;
  let statics;
  before(async () => {
    statics = await serveStatic({ folders: { "/dist/": `${ROOT}dist` }, pages: { "/": PAGE } });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await statics?.close();
  });

  for (const [place, idempotency] of HABITS.entries()) {
    test(`two_tabs_lose_and_double_nothing_with ${idempotency}`, async (t) => {
      const random = randomNumbers(SEED + place);
      const outcome = ({ prompt }) => (prompt.endsWith("fails") ? "failed" : "succeeded");
      const faults = { seed: (SEED + place) % 2 ** 31, rate: FAULT_RATE, kinds: FAULTS };
      const api = await serveEmulator((publicUrl) =>
        createEmulator({ pace: PACE, publicUrl, credits: 1e6, idempotency, outcome, faults }),
      );
      const context = await browser.newContext();
      try {
        const open = async (tab) => {
          const page = tab ?? (await context.newPage());
          await (tab === undefined
            ? page.goto(`${statics.origin}/?api=${encodeURIComponent(`${api.origin}/api/v1`)}`)
            : page.reload());
          await page.waitForFunction("globalThis.isReady");
          return page;
        };
        const live = async (number) => {
          let page = await open();
          const own = JOBS.filter(({ key }, index) => key !== undefined || index % 4 === 2 * number + 1);
          for (let lives = 1; ; lives += 1) {
            const isLast = lives === LIVES;
            const working = page
              .evaluate(([jobs, mine]) => globalThis.work(jobs, mine), [JOBS, own])
              .catch((error) => (isLast ? Promise.reject(error) : false));
            const lifeMs = isLast ? LIMIT_MS : -Math.log(1 - random()) * LIFE_MS;
            const isFinished = await Promise.race([working, sleep(lifeMs, false, { ref: false })]);
            if (isFinished) return page;
            assert.ok(!isLast, `not done within ${LIMIT_MS} ms`);
            const isClosed = random() < 0.5;
            if (isClosed) await page.close();
            page = await open(isClosed ? undefined : page);
          }
        };
        const [page] = await Promise.all([live(0), live(1)]);
        const { log, entries } = await page.evaluate("tell()");
        for (const { warning } of log) if (warning !== undefined) t.diagnostic(warning);
        judge(log, entries, api.emulator.ledger().charges, idempotency);
        t.diagnostic(
          `${idempotency}: ${JSON.stringify(api.emulator.ledger().requests)}, ${api.emulator.ledger().charges.length} charges`,
        );
      } finally {
        await context.close();
        await api.close();
      }
    });
  }
});

function judge(log, entries, charges, idempotency) {
  assert.deepEqual(
    log.filter(({ problem }) => problem !== undefined).map(({ problem }) => problem),
    [],
  );
  const hasFailed = log.some(({ warning }) => warning?.includes("the store failed"));
  const charged = new Set(charges.map(({ id }) => id));
  for (const { prompt } of JOBS) {
    const ids = new Set(log.filter((each) => each.prompt === prompt).map(({ id }) => id));
    assert.ok(ids.size === 1 || (idempotency === "ignored" && ids.size > 0), `${prompt}: handed over as ${[...ids]}`);
    assert.ok(
      [...ids].every((id) => charged.has(id)),
      `${prompt}: what was handed over was charged`,
    );
    const kept = entries.filter((entry) => entry.prompt === prompt);
    assert.ok(
      kept.length === 1 || (kept.length === 0 && (prompt.endsWith("fails") || hasFailed)),
      `${prompt}: ${kept.length} entries`,
    );
  }
  if (idempotency === "ignored") assert.ok(charges.length >= JOBS.length);
  else assert.equal(charges.length, JOBS.length, "each was charged once");
}
