// The package as a stranger gets it: packed, installed from the tarball into an empty project, and used from there.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, transform } from "esbuild";
import { publint } from "publint";
import { installInto, pack } from "../support/packed.mjs";
import { samplesOf } from "../support/readme.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
/** What no package may hold: the sources of the build, and whatever runs at somebody's install. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare"];
const FILES = [
  "CHANGELOG.md",
  "LICENSE",
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "dist/cli.js",
  "dist/client.wasm",
  "dist/client.wasm.d.ts",
  "dist/demo/demo.js",
  "dist/demo/index.html",
  "dist/demo/style.css",
  "dist/demo/vendor/catalogue.json",
  "dist/edge.browser.js",
  "dist/edge.d.ts",
  "dist/edge.node.js",
  "dist/edge.wasm",
  "dist/edge.workerd.js",
  "dist/emulator.browser.js",
  "dist/emulator.d.ts",
  "dist/emulator.node.js",
  "dist/emulator.wasm",
  "dist/emulator.workerd.js",
  "dist/index.browser.js",
  "dist/index.d.ts",
  "dist/index.node.js",
  "dist/index.workerd.js",
  "dist/server.js",
  "dist/slim.d.ts",
  "dist/slim.js",
  "dist/third-party-licences.txt",
  "package.json",
];

/** What a Worker of the README is asked, and what comes of it. */
const SAMPLES = {
  worker: {
    source: `const request = new Request("https://example.com/", { method: "POST", body: "A red kite" });
      const response = await worker.fetch(request, { RIVYA_API_KEY: emulator.options.apiKey });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const [status, type] = [response.status, response.headers.get("content-type")];
      const charges = emulator.ledger().charges.length;
      console.log(JSON.stringify({ status, type, start: [...bytes.subarray(0, 3)], charges }));`,
    expected: { status: 200, type: "image/jpeg", start: [0xff, 0xd8, 0xff], charges: 1 },
  },
  "worker-proxy": {
    source: `const env = { RIVYA_API_KEY: emulator.options.apiKey, SIGNING_KEY: "s".repeat(32) };
      const headers = { "Content-Type": "application/json", "Idempotency-Key": "1", "X-Rivya-Client": "test" };
      const submit = (model, more) => {
        const init = { method: "POST", headers: { ...headers, ...more } };
        const body = JSON.stringify({ model, prompt: "A red kite" });
        return worker.fetch(new Request("https://shop.example/api/rivya/generations", { ...init, body }), env);
      };
      const stranger = await submit("nano-banana-2", {});
      const other = await submit("z-image", { Cookie: "session=1" });
      const accepted = await submit("nano-banana-2", { Cookie: "session=1" });
      console.log(JSON.stringify({
        stranger: stranger.status,
        other: other.status,
        accepted: accepted.ok,
        id: /^task_\\w+\\.[\\w-]{22}$/.test((await accepted.json()).id),
        charges: emulator.ledger().charges.length,
      }));`,
    expected: { stranger: 401, other: 400, accepted: true, id: true, charges: 1 },
  },
  "worker-webhook": {
    source: `import { createHmac } from "node:crypto";
      console.log = () => {};
      const secret = "whsec_" + Buffer.from("a secret of 24 bytes or so").toString("base64");
      const deliver = (by) => {
        const data = { id: "task_1", status: "succeeded" };
        const body = JSON.stringify({ id: "evt_1", type: "generation.succeeded", created_at: "", data });
        const time = Math.floor(Date.now() / 1000);
        const signature = createHmac("sha256", by).update("evt_1." + time + "." + body).digest("base64");
        const headers = {
          "webhook-id": "evt_1",
          "webhook-timestamp": String(time),
          "webhook-signature": "v1," + signature,
        };
        const request = new Request("https://shop.example/", { method: "POST", headers, body });
        return worker.fetch(request, { WEBHOOK_SECRET: secret });
      };
      const genuine = await deliver("a secret of 24 bytes or so");
      const forged = await deliver("another secret");
      process.stdout.write(JSON.stringify({ genuine: genuine.status, forged: forged.status }));`,
    expected: { genuine: 204, forged: 400 },
  },
};

describe("the packed package", () => {
  let project;
  let installed;
  let tarball;

  before(async () => {
    project = mkdtempSync(join(tmpdir(), "rivya-wasm-package-"));
    tarball = await pack(project);
    await installInto(project, tarball);
    installed = join(project, "node_modules/rivya-wasm");
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  /** Runs a module in the project; answers the JSON that it prints. */
  const inProject = async (name, source) => {
    writeFileSync(join(project, name), source);
    const { stdout } = await run(process.execPath, [name], { cwd: project });
    return JSON.parse(stdout);
  };

  test("it_holds_these_files_and_no_other", () => {
    const found = readdirSync(installed, { recursive: true }).filter((file) =>
      statSync(join(installed, file)).isFile(),
    );
    assert.deepEqual(found.sort(), FILES);
  });

  test("it_brings_no_other_package_and_runs_nothing_at_install", () => {
    const { dependencies = {}, scripts } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    assert.deepEqual(dependencies, {});
    assert.deepEqual(
      INSTALL_SCRIPTS.filter((name) => scripts[name]),
      [],
    );
    assert.deepEqual(
      readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")),
      ["rivya-wasm"],
    );
  });

  test("publint_finds_nothing_in_it", async () => {
    const { messages } = await publint({ pkgDir: installed, level: "suggestion", strict: true, pack: false });
    assert.deepEqual(messages, []);
  });

  test("every_kind_of_module_resolution_but_commonjs_finds_its_types", async () => {
    // It exits with 1 where it finds a problem. There is no CommonJS here.
    const { stdout } = await run(join(ROOT, "node_modules/.bin/attw"), [
      tarball,
      "--profile",
      "esm-only",
      "--no-definitely-typed",
      "--format",
      "json",
    ]);
    const { entrypoints } = JSON.parse(stdout).analysis;
    const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    assert.deepEqual(Object.keys(entrypoints).sort(), Object.keys(exports).sort());
  });

  test("every_export_leads_to_a_file", () => {
    const { exports, bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));
    for (const leaf of [...leaves(exports), ...Object.values(bin)])
      assert.ok(statSync(join(installed, leaf)).isFile(), leaf);
  });

  for (const { name, code } of samplesOf("README.md").filter(
    ({ platform, code }) => platform === "worker" && code.includes("export default"),
  )) {
    test(`the_readme_sample_${name}_does_what_it_says`, async () => {
      const { code: worker } = await transform(code, { loader: "ts", format: "esm" });
      // A bundler finds the file without its ending; Node does not.
      writeFileSync(join(project, "worker.mjs"), worker.replace("./your-login", "./your-login.mjs"));
      writeFileSync(
        join(project, "your-login.mjs"),
        'export const userOf = async (request) => (request.headers.has("cookie") ? { id: "ann" } : null);',
      );
      const { source, expected } = SAMPLES[name];
      const emulator = `import { createEmulator } from "rivya-wasm/emulator";
        const pace = { queuedMs: 0, processingMs: 0 };
        const emulator = await createEmulator({ publicUrl: "https://rivya.ai", pace });
        globalThis.fetch = emulator.fetch;
        const { default: worker } = await import("./worker.mjs");`;
      assert.deepEqual(await inProject("main.mjs", `${emulator}\n${source}`), expected);
    });
  }

  test("a_bundler_takes_every_entry_for_a_page_without_a_warning", async () => {
    const entryPoints = ["index.browser.js", "slim.js", "edge.browser.js", "emulator.browser.js"].map((file) =>
      join(ROOT, "dist", file),
    );
    const { warnings } = await build({
      entryPoints,
      bundle: true,
      format: "esm",
      outdir: project,
      write: false,
      logLevel: "silent",
    });
    assert.deepEqual(
      warnings.map(({ text }) => text),
      [],
    );
  });

  test("it_carries_the_licences_of_what_it_is_made_from", () => {
    const text = readFileSync(join(installed, "dist/third-party-licences.txt"), "utf8");
    for (const name of ["wasm-bindgen ", "talc ", "hmac ", "image ", "@hono/node-server "])
      assert.match(text, new RegExp(`^${name}`, "m"));
    assert.match(text, /THE SOFTWARE IS PROVIDED "AS IS"/);
  });

  test("the_slim_entry_takes_the_module_from_its_file", async () => {
    const issues = await inProject(
      "slim.mjs",
      `import { readFile } from "node:fs/promises";
      import { fileURLToPath } from "node:url";
      import { createClient } from "rivya-wasm/slim";
      const wasm = await readFile(fileURLToPath(import.meta.resolve("rivya-wasm/client.wasm")));
      const client = await createClient({ wasm, apiKey: "rvya_sk_test" });
      const request = { model: "nano-banana-2", prompt: "A kite", params: { resolution: "3K" } };
      console.log(JSON.stringify(client.validate(request).map(({ path }) => path)));`,
    );
    assert.deepEqual(issues, ["params.resolution"]);
  });

  test("its_command_serves_an_emulator", async (t) => {
    const command = join(project, "node_modules/.bin/rivya-wasm");
    const child = spawn(command, ["emulator", "--port", "0"], { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    const said = [];
    for await (const line of createInterface(child.stdout)) {
      said.push(line);
      if (line.includes("API key")) break;
    }
    const [, baseUrl] = /base URL\s+(\S+)/.exec(said.join("\n"));
    const [, key] = /API key\s+(\S+)/.exec(said.join("\n"));
    const response = await fetch(`${baseUrl}/credits`, { headers: { Authorization: `Bearer ${key}` } });
    assert.deepEqual(await response.json(), { current_credits: 1000 });
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });

  test("its_command_makes_a_picture_where_the_package_is_installed", async () => {
    const { RIVYA_API_KEY, ...env } = process.env;
    const { stdout } = await run(
      join(project, "node_modules/.bin/rivya-wasm"),
      ["generate", "A red kite", "--out", "kite.jpg", "--json"],
      { cwd: project, env },
    );
    assert.deepEqual(JSON.parse(stdout).files, ["kite.jpg"]);
    assert.deepEqual([...readFileSync(join(project, "kite.jpg")).subarray(0, 3)], [0xff, 0xd8, 0xff]);
  });
});
