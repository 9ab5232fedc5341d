// The samples of the guides, as they stand there, do what the guides say: against an emulator in this process.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import { createClient } from "rivya-wasm";
import { createEmulator } from "rivya-wasm/emulator";
import { deliver, EVENT } from "../edge/deliveries.mjs";
import { fencesOf, guides, samplesOf } from "../support/readme.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Inside the package: there its own name leads to `dist/`, as an installed one would. */
const FOLDER = join(ROOT, "target/guides");
const AT_ONCE = { queuedMs: 0, processingMs: 0 };
const HILL = { model: "z-image", prompt: "a hill" };
const SIGNING_KEY = "the signing key of these tests, longer than 32 bytes";
const WEBHOOK_SECRET = "the secret of these tests, long enough";

const sampleOf = (guide, name) => samplesOf(`docs/${guide}.md`).find((sample) => sample.name === name);

/** A sample as a module of Node's, beside what its reader brings. */
async function moduleOf(guide, name) {
  const { code } = await transform(sampleOf(guide, name).code, { loader: "ts", format: "esm" });
  const file = join(FOLDER, `${guide}-${name}.mjs`);
  // A bundler finds a file without its ending; Node does not.
  writeFileSync(file, code.replace(/"\.\/(your-login|budget)(?:\.js)?"/g, '"./$1.mjs"'));
  return import(pathToFileURL(file));
}

before(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    join(FOLDER, "your-login.mjs"),
    'export const userOf = async (request) => (request.headers.get("cookie") === "session=ann" ? { id: "ann" } : null);',
  );
  // Counters of one process in the place of the Durable Object, which its own tests run in workerd.
  writeFileSync(
    join(FOLDER, "budget.mjs"),
    'import { memoryBudget } from "rivya-wasm/edge";\nexport const durableBudget = (budget) => budget;\nexport class RivyaBudget {}\nexport const budget = memoryBudget();',
  );
});

/** An emulator in the place of the network: its results lie where the API is, as clients expect them. */
async function emulated(t, options) {
  const emulator = await createEmulator({ pace: AT_ONCE, publicUrl: "https://rivya.ai", ...options });
  t.mock.method(globalThis, "fetch", emulator.fetch);
  return emulator;
}

/** A client of a server of ours, with a cookie or without. */
const visitor = (handle, cookie) =>
  createClient({
    baseUrl: "https://shop.test/api/rivya",
    store: null,
    fetch: (url, init) => {
      const request = new Request(url, init);
      if (cookie) request.headers.set("Cookie", cookie);
      return handle(request);
    },
  });

async function letsInOnlyWhomItKnows(handle, emulator) {
  await assert.rejects((await visitor(handle)).generate(HILL), { code: "unauthorized" });
  const ann = await visitor(handle, "session=ann");
  assert.equal((await ann.generate({ model: "nano-banana-2", prompt: "a hill" })).status, "succeeded");
  assert.equal(emulator.ledger().charges.length, 1);
}

describe("the page guide", () => {
  test("the_server_lets_in_only_whom_it_knows", async (t) => {
    const emulator = await emulated(t);
    Object.assign(process.env, { RIVYA_API_KEY: emulator.options.apiKey, SIGNING_KEY });
    const { default: server } = await moduleOf("page", "node-server");
    await letsInOnlyWhomItKnows(server.fetch, emulator);
    assert.equal((await server.fetch(new Request("https://shop.test/"))).status, 404);
  });

  test("the_client_of_the_emulator_makes_a_picture", async () => {
    const { client } = await moduleOf("page", "page-emulator");
    assert.equal((await client.generate(HILL)).status, "succeeded");
  });
});

describe("the worker guide", () => {
  test("the_proxy_lets_in_only_whom_it_knows_and_within_limits", async (t) => {
    const emulator = await emulated(t);
    const { default: worker } = await moduleOf("worker", "worker-proxy");
    const { budget } = await import(pathToFileURL(join(FOLDER, "budget.mjs")));
    const env = { RIVYA_API_KEY: emulator.options.apiKey, SIGNING_KEY, BUDGET: budget };
    const handle = (request) => worker.fetch(request, env);
    await letsInOnlyWhomItKnows(handle, emulator);
    const ann = await visitor(handle, "session=ann");
    await assert.rejects(ann.generate({ model: "nano-banana", prompt: "a hill" }, { validation: "off" }), {
      code: "validation_failed",
    });
  });

  test("the_client_makes_a_picture_for_who_has_the_password", async (t) => {
    const emulator = await emulated(t, { outcome: ({ prompt }) => (prompt === "a hill" ? "succeeded" : "failed") });
    const { default: worker } = await moduleOf("worker", "worker-client");
    const env = { RIVYA_API_KEY: emulator.options.apiKey, PASSWORD: "open" };
    const ask = (prompt, password) =>
      worker.fetch(
        new Request("https://shop.test/", {
          method: "POST",
          body: prompt,
          headers: { Authorization: `Bearer ${password}` },
        }),
        env,
      );
    assert.equal((await ask("a hill", "guess")).status, 401);
    assert.equal((await ask("a hill", "open")).headers.get("content-type"), "image/jpeg");
    const failed = await ask("a stair", "open");
    assert.equal(failed.status, 502);
    assert.equal((await failed.json()).code, "generation_failed");
  });

  test("an_order_is_submitted_once_and_its_delivery_kept", async (t) => {
    const emulator = await emulated(t);
    const { default: worker } = await moduleOf("worker", "worker-webhook");
    const results = new Map();
    const env = {
      RIVYA_API_KEY: emulator.options.apiKey,
      WEBHOOK_SECRET,
      RESULTS: { put: async (key, value) => void results.set(key, value) },
    };
    const post = (path, body, headers) =>
      worker.fetch(new Request(`https://shop.test${path}`, { method: "POST", body, headers }), env);
    const order = JSON.stringify({ order: "7", prompt: "a hill" });
    const [first, second] = [await post("/pictures", order), await post("/pictures", order)];
    const { id } = await first.json();
    assert.equal((await second.json()).id, id);
    assert.equal(emulator.ledger().charges.length, 1);

    const generation = {
      id,
      status: "succeeded",
      result: { primary_url: "https://cdn.test/1.png", urls: ["https://cdn.test/1.png"] },
    };
    const { body, headers } = deliver({ body: JSON.stringify({ ...EVENT, data: generation }), secret: WEBHOOK_SECRET });
    assert.equal((await post("/webhooks/rivya", body.replace("1.png", "2.png"), headers)).status, 400);
    assert.equal(results.size, 0);
    assert.equal((await post("/webhooks/rivya", body, headers)).status, 204);
    assert.deepEqual(JSON.parse(results.get(id)), generation.result.urls);
  });
});

describe("the guide to errors and money", () => {
  test("what_a_person_is_told_names_what_to_do", async () => {
    const { tell } = await moduleOf("errors-and-money", "node-errors");
    const failureOf = async (options, request = HILL) => {
      const emulator = await createEmulator({ pace: AT_ONCE, ...options });
      return (await createClient({ ...emulator.options, maxRetries: 0 }))
        .generate(request)
        .then(assert.fail, (error) => error);
    };
    assert.match(tell(await failureOf({}, { model: "z-image", prompt: "" })), /^prompt /);
    assert.match(tell(await failureOf({ credits: 0 })), /credits/);
    assert.match(tell(await failureOf({ outcome: "failed" })), /could not make it/);
    assert.equal(
      tell(await failureOf({ faults: { seed: 1, rate: 1, kinds: ["status_429"] } })),
      "Too much at once. Wait 1 s.",
    );
    assert.throws(() => tell(new TypeError("ours")), TypeError);
  });

  test("an_order_is_one_picture_however_often_it_is_asked_for", async () => {
    const { pictureFor } = await moduleOf("errors-and-money", "node-order");
    const emulator = await createEmulator({ pace: AT_ONCE });
    const client = await createClient(emulator.options);
    const order = { id: "7", prompt: "a hill" };
    const [first, second] = [await pictureFor(client, order), await pictureFor(client, order)];
    assert.equal(first.id, second.id);
    assert.equal(emulator.ledger().charges.length, 1);
    await assert.rejects(pictureFor(client, { ...order, prompt: "another" }), { code: "idempotency_conflict" });
  });

  test("a_lost_answer_is_found_again_and_paid_once", async () => {
    const { paint } = await moduleOf("errors-and-money", "node-lost");
    const emulator = await createEmulator({ pace: AT_ONCE });
    let isLost = false;
    const fetch = async (url, init) => {
      const response = await emulator.fetch(url, init);
      if (isLost || init?.method !== "POST") return response;
      isLost = true;
      throw new TypeError("the line broke");
    };
    const client = await createClient({ ...emulator.options, fetch, maxRetries: 0 });
    assert.equal((await paint(client, HILL)).status, "succeeded");
    assert.ok(isLost);
    assert.equal(emulator.ledger().charges.length, 1);
  });

  test("what_was_left_is_delivered_once_and_what_is_over_is_forgotten", async () => {
    const { takeUp } = await moduleOf("errors-and-money", "node-journal");
    const emulator = await createEmulator({
      pace: { queuedMs: 300, processingMs: 300 },
      outcome: ({ prompt }) => (prompt === "a hill" ? "succeeded" : "failed"),
    });
    const texts = new Map();
    const store = {
      get: async (key) => texts.get(key) ?? null,
      set: async (key, value) => void texts.set(key, value),
      delete: async (key) => void texts.delete(key),
      keys: async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
    };
    const connect = () => createClient({ ...emulator.options, store });
    const before = await connect();
    for (const [idempotencyKey, prompt] of [
      ["good", "a hill"],
      ["bad", "a stair"],
    ]) {
      const leaving = new AbortController();
      const left = before.generate(
        { ...HILL, prompt },
        { idempotencyKey, signal: leaving.signal, onProgress: ({ phase }) => phase === "queued" && leaving.abort() },
      );
      await assert.rejects(left, { name: "AbortError" });
    }
    const delivered = [];
    const after = await connect();
    await takeUp(after, async (key, urls) => void delivered.push([key, urls.length]));
    assert.deepEqual(delivered, [["good", 1]]);
    assert.deepEqual(await after.pending(), []);
    assert.equal(emulator.ledger().charges.length, 2);
  });
});

describe("the guide to tests", () => {
  for (const { name, code } of samplesOf("docs/testing.md")) {
    test(`the_sample_${name}_passes`, async () => {
      const file = join(FOLDER, `${name}.test.mjs`);
      writeFileSync(file, (await transform(code, { loader: "ts", format: "esm" })).code);
      // Without what this very run of the tests tells its own children.
      const { NODE_TEST_CONTEXT, ...env } = process.env;
      const { stdout, status } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", file], {
        encoding: "utf8",
        env,
      });
      assert.equal(status, 0, stdout);
      assert.doesNotMatch(stdout, /^# pass 0$/m);
    });
  }
});

describe("the guide to React", () => {
  for (const [name, file] of [
    ["react-hook", "use-generation.ts"],
    ["react-studio", "studio.tsx"],
  ]) {
    test(`the_sample_${name}_is_the_file_${file}`, () => {
      assert.equal(sampleOf("react", name).code, readFileSync(join(ROOT, "examples/react", file), "utf8"));
    });
  }

  test("the_hook_is_as_short_as_the_guide_says", () => {
    assert.ok(readFileSync(join(ROOT, "docs/react.md"), "utf8").includes("A hook of 44 lines"));
    assert.equal(sampleOf("react", "react-hook").code.trimEnd().split("\n").length, 44);
  });

  test("the_page_s_root_can_be_bundled", async () => {
    const { code: contents } = sampleOf("react", "react-root");
    const { warnings } = await build({
      stdin: { contents, loader: "tsx", resolveDir: join(ROOT, "examples/react") },
      jsx: "automatic",
      bundle: true,
      format: "esm",
      write: false,
    });
    assert.deepEqual(warnings, []);
  });
});

describe("the guides to Rust", () => {
  const withoutIndent = (text) => text.replace(/^ +/gm, "");
  const examples = [
    { guide: "docs/rust.md", name: "rust-worker", file: "lib.rs", pieces: 2, maxLines: 80 },
    { guide: "docs/rust-page.md", name: "leptos", file: "main.rs", pieces: 4, maxLines: 120 },
  ];
  for (const { guide, name, file, pieces, maxLines } of examples) {
    const example = readFileSync(join(ROOT, "examples", name, "src", file), "utf8");
    test(`what_they_show_of_${name}_stands_there`, () => {
      const shown = fencesOf(guide).filter(({ language }) => language === "rust,ignore");
      assert.equal(shown.length, pieces);
      for (const { code } of shown) assert.ok(withoutIndent(example).includes(withoutIndent(code)), code);
    });

    test(`${name}_is_at_most_${maxLines}_lines_in_one_file`, () => {
      assert.deepEqual(readdirSync(join(ROOT, "examples", name, "src")), [file]);
      assert.ok(example.trimEnd().split("\n").length <= maxLines);
    });
  }
});

test("every_link_leads_to_a_file_and_to_a_heading", () => {
  const anchorsOf = (text) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\d\s_-]/gu, "")
        .replaceAll(" ", "-"),
    );
  for (const guide of ["README.md", "CONTRIBUTING.md", "docs/design.md", ...guides()]) {
    for (const [, target] of readFileSync(join(ROOT, guide), "utf8").matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https:/.test(target)) continue;
      const url = new URL(target, pathToFileURL(join(ROOT, guide)));
      const path = fileURLToPath(Object.assign(new URL(url), { hash: "" }));
      if (url.hash === "") assert.ok(existsSync(path), `${guide}: ${target}`);
      else assert.ok(anchorsOf(readFileSync(path, "utf8")).includes(url.hash.slice(1)), `${guide}: ${target}`);
    }
  }
});
