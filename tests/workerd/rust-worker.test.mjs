// The example of a Worker in Rust: compiled as it stands, and run in workerd before an emulator of the API. Its glue is
// wasm-bindgen's own; what `worker-build` puts around it for its users is these few lines, too.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { build } from "esbuild";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { run } from "../../build/run.mjs";
import { wasmBindgen } from "../../build/setup.mjs";
import { root, wasmBindgenVersion } from "../../build/versions.mjs";
import { startWorkerd } from "../../build/workerd.mjs";

const EXAMPLE = join(root, "examples/rust-worker");
const TARGET = join(root, "target/rust-worker");
const NAME = "rivya_wasm_worker_example";
const [, compatibilityDate] = /^compatibility_date = "(.+)"$/m.exec(
  readFileSync(join(EXAMPLE, "wrangler.toml"), "utf8"),
);
const PASSWORD = "open";
const AT_ONCE = { queuedMs: 0, processingMs: 0 };
const ENTRY = `import { fetch, initSync } from "./${NAME}.js";
import module from "./${NAME}_bg.wasm";
initSync({ module });
export default { fetch };
`;
/**
 * A Worker has the usual stack; this repository's own setting is for its modules. A warning in an example is a fault.
 */
const RUSTFLAGS = ["-Clink-arg=-zstack-size=1048576", "-Dwarnings"].join("\x1f");

/** Answers the Worker's modules, as workerd takes them. */
async function compile() {
  const [cargo, bound] = [
    ["build", "--locked", "--target", "wasm32-unknown-unknown", "--target-dir", TARGET],
    join(TARGET, "bound"),
  ];
  await run("cargo", cargo, { cwd: EXAMPLE, quiet: true, env: { CARGO_ENCODED_RUSTFLAGS: RUSTFLAGS } });
  rmSync(bound, { recursive: true, force: true });
  mkdirSync(bound);
  const bind = ["--target", "web", "--no-typescript", "--omit-default-module-path", "--out-dir", bound];
  await run(wasmBindgen, [...bind, join(TARGET, `wasm32-unknown-unknown/debug/${NAME}.wasm`)], { quiet: true });
  writeFileSync(join(bound, "entry.js"), ENTRY);
  const options = {
    absWorkingDir: bound,
    entryPoints: ["entry.js"],
    bundle: true,
    format: "esm",
    outdir: "dist",
    loader: { ".wasm": "copy" },
  };
  await build({ ...options, external: ["cloudflare:*"], logLevel: "silent" });
  const names = readdirSync(join(bound, "dist")).sort((a, b) => Number(b === "entry.js") - Number(a === "entry.js"));
  return Object.fromEntries(names.map((name) => [name, join(bound, "dist", name)]));
}

describe("the Worker in Rust", () => {
  let modules;
  before(async () => {
    modules = await compile();
  });

  /** The Worker before an emulator of its own: `ask(path, init)` with the password. */
  async function worker(t, { handlers, ...options } = {}) {
    const api = await serveEmulator((publicUrl) => createEmulator({ publicUrl, pace: AT_ONCE, ...options }), {
      handlers,
    });
    const bindings = { RIVYA_BASE_URL: `${api.origin}/api/v1`, RIVYA_API_KEY: api.emulator.options.apiKey, PASSWORD };
    const workerd = await startWorkerd({ compatibilityDate, modules, bindings });
    t.after(async () => {
      await workerd.stop();
      await api.close();
      api.emulator.free();
    });
    const ask = async (path, { password = PASSWORD, order, key, ...init } = {}) => {
      const headers = { Authorization: `Bearer ${password}`, ...(key === undefined ? {} : { "Idempotency-Key": key }) };
      const body = order === undefined ? {} : { method: "POST", body: JSON.stringify(order) };
      const response = await fetch(`${workerd.origin}${path}`, { headers, ...body, ...init });
      const text = await response.text();
      assert.ok(!text.includes(bindings.RIVYA_API_KEY), text);
      return { status: response.status, told: JSON.parse(text || "null") };
    };
    return { ask, ledger: () => api.emulator.ledger(), log: workerd.log };
  }

  test("an_order_is_submitted_once_and_its_picture_is_waited_for", async (t) => {
    const { ask, ledger } = await worker(t, { pace: { queuedMs: 1_000, processingMs: 1_000 } });
    const { status, told } = await ask("/pictures", {
      order: { prompt: "A lighthouse", params: { aspect_ratio: "16:9" } },
    });
    assert.equal(status, 202, JSON.stringify(told));
    const made = await ask(`/pictures/${told.id}`);
    assert.deepEqual([made.status, made.told.status, made.told.urls.length], [200, "succeeded", 1]);
    const { charges, requests } = ledger();
    assert.deepEqual(
      charges.map(({ id }) => id),
      [told.id],
    );
    assert.match(charges[0].idempotencyKey, /^rw_[0-9a-f]{32}$/);
    // At once, and as the guidance has it: 2.5 s later.
    assert.equal(requests["GET /api/v1/generations/{id}"], 2, JSON.stringify(requests));
  });

  test("every_problem_of_an_order_is_named_and_nothing_is_sent", async (t) => {
    const { ask, ledger } = await worker(t);
    const { status, told } = await ask("/pictures", {
      order: { prompt: "", params: { aspect_ratio: "7:5", colour: "red" } },
    });
    assert.deepEqual(
      [status, told.code, told.issues.map(({ path }) => path)],
      [400, "validation_failed", ["prompt", "params.aspect_ratio", "params.colour"]],
    );
    for (const order of [{ prompt: "A hill", params: [] }, { prompt: "A hill", colour: "red" }, { prompt: 7 }])
      assert.equal((await ask("/pictures", { order })).status, 400);
    assert.equal((await ask("/pictures", { order: { prompt: "A hill" }, key: "\u00e9" })).status, 400);
    assert.deepEqual(ledger().requests, {});
  });

  test("whoever_has_no_password_and_whatever_is_no_route_sends_nothing", async (t) => {
    const { ask, ledger } = await worker(t);
    assert.equal((await ask("/pictures", { order: { prompt: "A hill" }, password: "guess" })).status, 401);
    for (const path of ["/", "/pictures/", "/pictures/..%2f..%2fcredits", "/picturesque", "/credits"])
      assert.equal((await ask(path)).status, 404, path);
    // An id is one segment of a path, whatever it holds.
    assert.deepEqual(ledger().requests, { "GET /api/v1/generations/{id}": 1 });
  });

  test("a_busy_api_is_asked_again_after_the_time_that_it_names", async (t) => {
    const times = [];
    const busy = ({ method }) => {
      if (method !== "POST") return undefined;
      times.push(performance.now());
      return times.length === 1
        ? Response.json(
            { error: { code: "rate_limited", message: "Slow down." } },
            { status: 429, headers: { "Retry-After": "1" } },
          )
        : undefined;
    };
    const { ask, ledger } = await worker(t, { handlers: [busy] });
    assert.equal((await ask("/pictures", { order: { prompt: "A hill" } })).status, 202);
    assert.equal(times.length, 2);
    assert.ok(times[1] - times[0] >= 990, `after ${times[1] - times[0]} ms`);
    assert.equal(ledger().charges.length, 1);
  });

  test("a_lost_answer_is_asked_for_again_under_its_key_and_charged_once", async (t) => {
    let submissions = 0;
    const lost = async (request, emulator) => {
      if (request.method !== "POST" || submissions++ > 0) return undefined;
      await emulator.fetch(request);
      return new Response("<!doctype html>", { status: 502 });
    };
    const { ask, ledger } = await worker(t, { handlers: [lost] });
    const { status } = await ask("/pictures", { order: { prompt: "A hill" }, key: "order 7" });
    assert.equal(status, 202);
    assert.equal(submissions, 2);
    assert.deepEqual(
      ledger().charges.map(({ idempotencyKey }) => idempotencyKey),
      ["order 7"],
    );
  });

  test("what_is_refused_is_not_asked_again_and_says_whether_it_may_have_been_charged", async (t) => {
    const poor = await worker(t, { credits: 0 });
    const refused = await poor.ask("/pictures", { order: { prompt: "A hill" } });
    assert.deepEqual(
      [refused.status, refused.told.code, refused.told.mayHaveBeenCharged],
      [502, "insufficient_credits", false],
    );
    assert.equal(poor.ledger().requests["POST /api/v1/generations"], 1);
    const elsewhere = await worker(t, { handlers: [() => Response.redirect("http://127.0.0.1:1/", 302)] });
    const led = await elsewhere.ask("/pictures", { order: { prompt: "A hill" } });
    assert.deepEqual([led.told.code, led.told.mayHaveBeenCharged], ["invalid_response", true]);
  });
});

test("its_wasm_bindgen_is_the_one_whose_command_line_this_repository_installs", () => {
  const [, version] = /name = "wasm-bindgen"\nversion = "([\d.]+)"/.exec(
    readFileSync(join(EXAMPLE, "Cargo.lock"), "utf8"),
  );
  assert.equal(version, wasmBindgenVersion);
});
