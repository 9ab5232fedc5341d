/**
 * Calls in Chromium, over HTTP, that are aborted at 200 random moments: each is told before a timer of 50 ms that was
 * set beside the abort, and leaves nothing behind. `SEED` repeats what was drawn here.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { serveStatic } from "../../build/static-server.mjs";
import { launchChromium } from "../support/browsers.mjs";
import { openReadyPage } from "../support/page.mjs";
import { noisePng } from "../support/pictures.mjs";
import { until } from "../support/until.mjs";
import { randomNumbers } from "../journal/chaos.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const ABORTS = 200;
/** So many are under way at once, each with a client of its own. */
const AT_ONCE = 25;
/** The latest moment: most have come to their second poll by then. */
const MAX_DELAY_MS = 4_000;
const PHOTO_BYTES = 400_000;
const PACE = { queuedMs: 500, processingMs: 2_500 };
const FAULTS = { seed: SEED, rate: 0.15, kinds: ["drop_before", "drop_after", "status_429", "status_503", "slow"] };

const PAGE = `<!doctype html><meta charset="utf-8"><title>aborts</title><script type="module" src="/aborts.js"></script>`;

describe("in a page", () => {
  let browser;
  let pages;
  let api;
  let page;

  before(async () => {
    // The key is the server's, so that files go by XMLHttpRequest; the first part of a path tells whose request it is.
    const forwarded = (request, emulator) => {
      const url = request.url.replace(/\/run-\d+\//, "/");
      const headers = new Headers(request.headers);
      if (request.method !== "OPTIONS") headers.set("Authorization", "Bearer rvya_sk_emulator");
      const { method, body, signal } = request;
      return emulator.fetch(new Request(url, { method, headers, body, signal, duplex: "half" }));
    };
    const made = (publicUrl) => createEmulator({ credits: 1e6, pace: PACE, faults: FAULTS, publicUrl });
    api = await serveEmulator(made, { handlers: [forwarded] });
    pages = await serveStatic({
      folders: { "/tests/": `${ROOT}tests`, "/dist/": `${ROOT}dist` },
      pages: { "/": PAGE, "/photo.png": noisePng({ maxBytes: PHOTO_BYTES }), "/aborts.js": SCRIPT },
    });
    browser = await launchChromium();
    page = await openReadyPage(browser, `${pages.origin}/?api=${encodeURIComponent(api.origin)}`, (opened) =>
      opened.waitForFunction("globalThis.isReady"),
    );
  });
  after(async () => {
    await browser?.close();
    await pages?.close();
    await api?.close();
  });

  test("an_abort_at_any_moment_is_told_at_once_and_leaves_nothing_behind", async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const random = randomNumbers(SEED);
    const ways = await page.evaluate("wayNames");
    const aborted = [];
    let begun = 0;
    while (aborted.length < ABORTS) {
      assert.ok(begun < 3 * ABORTS, `of ${begun} calls only ${aborted.length} were under way when they were aborted`);
      const runs = Array.from({ length: AT_ONCE }, (_, index) => ({
        number: begun + index,
        way: ways[(begun + index) % ways.length],
        // Most of what happens, happens early.
        delayMs: MAX_DELAY_MS * random() ** 2,
      }));
      begun += AT_ONCE;
      const outcomes = await page.evaluate((runs) => Promise.all(runs.map(globalThis.abortedRun)), runs);
      aborted.push(...outcomes.filter(({ wasUnderWay }) => wasUnderWay));
    }
    const wrong = aborted.filter(({ problem }) => problem !== null);
    assert.deepEqual(wrong, [], `SEED=${SEED}`);
    const took = aborted.map(({ ms }) => ms).sort((one, other) => one - other);
    const [median, worst] = [took[took.length >> 1], took.at(-1)].map((ms) => ms.toFixed(2));
    t.diagnostic(
      `${aborted.length} aborts of ${begun} calls: told within ${median} ms in the median, ${worst} at most`,
    );
    const counts = await page.evaluate("whatWasAborted");
    t.diagnostic(`requests under way at an abort: ${JSON.stringify(counts)}`);
    assert.ok(counts.fetch > 0 && counts.xhr > 0 && counts.none > 0, JSON.stringify(counts));

    // What a call that is given up has still to write to the journal ends by itself.
    let left;
    const isNothingLeft = async () => (left = await page.evaluate("leftBehind()")).length === 0;
    await until(isNothingLeft, { what: "timers, listeners, requests and locks are gone", limitMs: 30_000 }).catch(
      (error) => assert.fail(`${error.message}, SEED=${SEED}:\n${left.join("\n\n")}`),
    );
  });

  test("and_no_call_that_was_aborted_asks_anything_more", async () => {
    const requests = await page.evaluate("requestsOfRuns()");
    // Another one waits for its picture meanwhile: longer than any poll is put off.
    await page.evaluate("wholeGeneration()");
    assert.deepEqual(await page.evaluate("requestsOfRuns()"), requests);
    assert.deepEqual(await page.evaluate("unhandled"), []);
  });
});

const SCRIPT = `
import { openResourceLedger } from "/tests/support/resource-ledger.mjs";
import { watchRequests } from "/tests/support/requests.mjs";

const photo = await (await fetch("/photo.png")).blob();
// Both before the package: it may keep what it finds at import.
const { setTimeout } = globalThis;
const ledger = openResourceLedger();
const requests = watchRequests();
const { createClient } = await import("/dist/index.browser.js");

globalThis.unhandled = [];
addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason?.stack ?? reason)));

const api = new URLSearchParams(location.search).get("api");
const file = () => new File([photo], "photo.png", { type: "image/png" });
const HILL = { model: "z-image", prompt: "a hill" };
const editOf = (count) => ({ model: "nano-banana-2", prompt: "all", references: Array.from({ length: count }, file) });
const drain = async (states) => {
  for await (const _ of states);
};
const connect = (run) => createClient({ baseUrl: api + "/run-" + run + "/api/v1" });
const onProgress = () => {};

const WAYS = {
  credits: (client, signal) => client.credits.retrieve({ signal }),
  upload: (client, signal) => client.files.upload(file(), { signal }),
  told_upload: (client, signal) => client.files.upload(file(), { signal, onProgress }),
  generate: (client, signal) => client.generate(HILL, { signal, onProgress }),
  generate_with_files: (client, signal) => client.generate(editOf(3), { signal, onProgress }),
  watch: async (client, signal) => {
    const { id } = await client.generations.create(HILL, { signal });
    await drain(client.generations.watch(id, { signal }));
  },
  resume: async (client, signal) => {
    const idempotencyKey = crypto.randomUUID();
    await client.generations.create(HILL, { idempotencyKey, signal });
    await client.resume({ idempotencyKey }, { signal });
  },
  download: async (client, signal) => {
    const generation = await client.generate(HILL, { signal });
    for (;;) await client.download(generation, { signal });
  },
  // They queue for places among polls and uploads, and share polls.
  crowd: async (client, signal) => {
    const { id } = await client.generations.create(HILL, { signal });
    const waits = Array.from({ length: 3 }, () => client.generations.wait(id, { signal }));
    const edits = Array.from({ length: 3 }, () => client.generate(editOf(4), { signal }));
    const outcomes = await Promise.allSettled([...waits, ...edits]);
    const others = outcomes.filter(({ reason }) => reason !== undefined && reason !== signal.reason);
    if (others.length > 0) throw others[0].reason;
    signal.throwIfAborted();
  },
};
globalThis.wayNames = Object.keys(WAYS);
globalThis.whatWasAborted = { fetch: 0, xhr: 0, none: 0 };

/** Requests of a run, by the prefix of its paths. */
const of = (number) => ({ url }) => url.startsWith(api + "/run-" + number + "/");
const underWay = (number) => requests.underWay().filter(of(number));

/** Begins a call and aborts it; answers whether it was under way then, how long it took to tell, and what is wrong. */
globalThis.abortedRun = async ({ number, way, delayMs }) => {
  const client = await connect(number);
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("the caller has left");
  let wasUnderWay = true;
  const work = WAYS[way](client, signal).then(
    () => "it resolved",
    (error) => (error === reason ? null : "it rejected with " + (error?.stack ?? error)),
  );
  await Promise.race([work.then(() => (wasUnderWay = false)), new Promise((pass) => setTimeout(pass, delayMs))]);
  const outcome = { number, way, delayMs, wasUnderWay, ms: 0, problem: null };
  if (wasUnderWay) {
    const kinds = underWay(number).map(({ kind }) => kind);
    for (const kind of kinds.length > 0 ? new Set(kinds) : ["none"]) whatWasAborted[kind] += 1;
    const begunMs = performance.now();
    controller.abort(reason);
    const tooLate = new Promise((pass) => setTimeout(pass, 50, "it was not told within 50 ms"));
    outcome.problem = await Promise.race([work, tooLate]);
    outcome.ms = performance.now() - begunMs;
    await tooLate;
    const left = underWay(number);
    if (left.length > 0) outcome.problem ??= "it left under way: " + left.map(({ kind, url }) => kind + " " + url);
    if (ledger.listenersOf(signal) > 0) outcome.problem ??= "it left a listener on the caller's signal";
  }
  client.free();
  return outcome;
};

globalThis.leftBehind = async () => {
  const { held, pending } = await navigator.locks.query();
  const urls = requests.underWay().map(({ kind, url }) => kind + " " + url);
  // Playwright hears events of the page as well.
  const ours = ledger.open().filter((site) => site.includes("/dist/"));
  return [...ours, ...urls, ...[...held, ...pending].map(({ name }) => "lock " + name)];
};
globalThis.requestsOfRuns = () => requests.all().filter(({ url }) => url.startsWith(api + "/run-")).length;
globalThis.wholeGeneration = async () => {
  const client = await createClient({ baseUrl: api + "/api/v1" });
  await client.generate(HILL);
  client.free();
};
globalThis.isReady = true;
`;
