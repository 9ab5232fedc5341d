/**
 * The package as a stranger's tools get it: the packed tarball in a project of its own for each tool, built by the tool
 * and run. Shared by the fast part (`fast.test.mjs`) and the whole (`all.mjs`).
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";
import { serveStatic } from "../../build/static-server.mjs";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";
import { installInto, pack } from "../support/packed.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
/** As many of a module's first characters as tell it from any other text. */
const NEEDLE_LENGTH = 200;
/** A script, or a page, that has not ended by then hangs. */
const LIMIT_MS = 60_000;

/** The two ways to have the module: inside the default entry, and as a file beside the slim one. */
export const ENTRIES = ["default", "slim"];

const JOURNEY = 'import { journey, show } from "./journey.mjs";';
/** The default entry is the same few lines for every tool. */
const DEFAULT_PAGE = `import { createClient } from "rivya-wasm";\n${JOURNEY}\nshow(() => journey(createClient));\n`;
/** The slim one gets the module's address as the tool gives it: `address` are the lines that declare `wasm`. */
const slimPage = (address) =>
  `import { createClient } from "rivya-wasm/slim";\n${JOURNEY}\n${address}\nshow(() => journey(createClient, { wasm }));\n`;
const htmlPage = (script) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>matrix</title><link rel="icon" href="data:,">${script}<output></output></html>`;
const moduleScript = (src) => `<script type="module" src="${src}"></script>`;

/** The exact version of a package that this repository pins. */
export const pinned = (name) =>
  JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;

/**
 * Packs what was built, once, and installs the tarball as a stranger would. Answers `{ project, copies, remove }`:
 * `project(name, below)` makes a project with it, in a folder of its own; `remove()` takes all of them away.
 */
export async function packOnce() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "rivya-wasm-matrix-")));
  const made = [folder];
  const remove = () => made.forEach((each) => rmSync(each, { recursive: true, force: true }));
  try {
    const template = join(folder, "template");
    mkdirSync(template);
    // The tarball goes along with each project: its manifest names it.
    await installInto(template, await pack(template));
    cpSync(fileURLToPath(new URL("app/", import.meta.url)), template, { recursive: true });
    cpSync(join(ROOT, "tests/support/tiny-png.mjs"), join(template, "tiny-png.mjs"));
    const project = (name, below = folder) => {
      const project = mkdtempSync(join(below, `${name}-`));
      made.push(project);
      cpSync(template, project, { recursive: true });
      return project;
    };
    return { project, copies: copyCounter(join(template, "node_modules/rivya-wasm/dist")), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Answers a function that tells how often each module is in some files: embedded as text, or as a file of its own. */
function copyCounter(dist) {
  const embeddedIn = (file) => {
    const [longest] = readFileSync(join(dist, file), "utf8").match(/[A-Za-z0-9+/]{10000,}/);
    return longest.slice(0, NEEDLE_LENGTH);
  };
  const client = embeddedIn("index.browser.js");
  const emulator = embeddedIn("emulator.browser.js");
  const clientFile = readFileSync(join(dist, "client.wasm"));
  const emulatorFile = readFileSync(join(dist, "emulator.wasm"));
  const sum = (files, count) => [...files.values()].reduce((total, bytes) => total + count(bytes), 0);
  const texts = (files, needle) => sum(files, (bytes) => bytes.toString("latin1").split(needle).length - 1);
  const same = (files, wanted) => sum(files, (bytes) => (bytes.equals(wanted) ? 1 : 0));
  return (files) => ({
    client: { embedded: texts(files, client), file: same(files, clientFile) },
    emulator: { embedded: texts(files, emulator), file: same(files, emulatorFile) },
  });
}

/** What `copies` answers for a page: each module once, and in the one form that its entry has. */
export const COPIES = {
  default: { client: { embedded: 1, file: 0 }, emulator: { embedded: 1, file: 0 } },
  slim: { client: { embedded: 0, file: 1 }, emulator: { embedded: 1, file: 0 } },
};

/** Every file below a folder: its name → its bytes. */
export function filesBelow(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile());
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}

export const totalBytes = (files) => [...files.values()].reduce((total, { length }) => total + length, 0);

/** The journey ended as it should, wherever it ran. */
export function assertJourney(told) {
  const { bytes, served, ...rest } = told;
  assert.deepEqual(
    rest,
    { status: "succeeded", type: "image/jpeg", start: [0xff, 0xd8, 0xff], charges: 1, uploads: 1 },
    JSON.stringify(told),
  );
  assert.equal(bytes, served);
  assert.ok(bytes > 10_000, `a picture of ${bytes} bytes`);
}

/**
 * What a tool took of the package came from the tarball. The tools run from this repository, whose own package has the
 * same name: one that resolved from there would prove nothing.
 */
export function assertFromTarball(sources, { folder, entry }) {
  const ours = new Set(
    sources.filter((file) => file.includes("rivya-wasm/dist/") || file.startsWith(join(ROOT, "dist/"))),
  );
  const expected = [entry === "slim" ? "slim.js" : "index.browser.js", "emulator.browser.js"].map((file) =>
    join(folder, "node_modules/rivya-wasm/dist", file),
  );
  for (const file of expected) assert.ok(ours.has(file), `${file} is not among ${[...ours]}`);
  for (const file of ours)
    assert.ok(file.startsWith(join(folder, "node_modules/rivya-wasm/")), `${file} is outside of the project`);
}

/** Serves what a tool has put into `folder`; the page is its own where it made one. */
export const served = (folder, page) =>
  serveStatic({ folders: { "/": folder }, pages: page === undefined ? {} : { "/": page } });

/**
 * Every tool for pages: `open(folder, entry)` makes the page in a project's folder and serves it. It answers
 * `{ url, files, sources, close }`: `files` is what was built, unless the tool `builds` nothing; `sources()` are the
 * absolute paths of the modules that went in, once the page has run, unless it `resolves` nothing. `entries` and
 * `engines` say what it is tried with: both entries, in Chromium, where it says nothing.
 */
export const PAGE_TOOLS = [
  {
    name: "Vite, dev server",
    version: pinned("vite"),
    builds: false,
    async open(root, entry) {
      writeVitePages(root);
      const server = await vite.createServer({
        root,
        configFile: false,
        logLevel: "silent",
        server: { host: "127.0.0.1", port: 0 },
      });
      await server.listen();
      // It says so to the whole process, and the tools after it would build for development.
      delete process.env.NODE_ENV;
      const sources = () => {
        const { optimized } = server.environments.client.depsOptimizer.metadata;
        return [
          ...Object.values(optimized).map(({ src }) => src),
          ...server.environments.client.moduleGraph.idToModuleMap.keys(),
        ].map(withoutQuery);
      };
      return {
        url: `http://127.0.0.1:${server.httpServer.address().port}/${entry}.html`,
        sources,
        close: () => server.close(),
      };
    },
  },
  {
    name: "Vite, build",
    version: pinned("vite"),
    async open(root, entry) {
      writeVitePages(root);
      const { output } = await vite.build({
        root,
        configFile: false,
        logLevel: "silent",
        build: { rollupOptions: { input: join(root, `${entry}.html`) } },
      });
      const page = await served(join(root, "dist"));
      const sources = () => output.flatMap(({ moduleIds = [] }) => moduleIds).map(withoutQuery);
      return { ...page, url: `${page.url}${entry}.html`, files: filesBelow(join(root, "dist")), sources };
    },
  },
  {
    name: "webpack",
    version: pinned("webpack"),
    async open(root, entry) {
      const address = 'const wasm = new URL("rivya-wasm/client.wasm", import.meta.url);';
      writeFileSync(join(root, "main.mjs"), entry === "slim" ? slimPage(address) : DEFAULT_PAGE);
      // Its hint that an asset is large is of no interest here: an emulator is for development.
      const compiler = webpack({
        context: root,
        entry: "./main.mjs",
        mode: "production",
        performance: { hints: false },
        output: { path: join(root, "dist") },
      });
      const stats = await promisify(compiler.run.bind(compiler))();
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      await promisify(compiler.close.bind(compiler))();
      assert.deepEqual(
        [...errors, ...warnings].map(({ message }) => message),
        [],
      );
      const all = [...stats.compilation.modules].flatMap((module) => [module, ...(module.modules ?? [])]);
      const sources = () => all.map((module) => module.nameForCondition?.()).filter(Boolean);
      // Its scripts find their own place by `document.currentScript`, which modules lack.
      const page = await served(join(root, "dist"), htmlPage('<script defer src="/main.js"></script>'));
      return { ...page, files: filesBelow(join(root, "dist")), sources };
    },
  },
  {
    name: "Rollup",
    version: pinned("rollup"),
    // By itself it gives no module's address: that takes a plugin of the user's choice.
    entries: ["default"],
    async open(root) {
      writeFileSync(join(root, "main.mjs"), DEFAULT_PAGE);
      const warnings = [];
      const bundle = await rollup({
        input: join(root, "main.mjs"),
        plugins: [nodeResolve({ browser: true })],
        onwarn: ({ message }) => warnings.push(message),
      });
      await bundle.write({ dir: join(root, "dist"), format: "es" });
      await bundle.close();
      assert.deepEqual(warnings, []);
      return {
        ...(await served(join(root, "dist"), htmlPage(moduleScript("/main.js")))),
        files: filesBelow(join(root, "dist")),
        sources: () => bundle.watchFiles,
      };
    },
  },
  {
    name: "esbuild",
    version: pinned("esbuild"),
    async open(root, entry) {
      writeFileSync(
        join(root, "main.mjs"),
        entry === "slim" ? slimPage('import wasm from "rivya-wasm/client.wasm";') : DEFAULT_PAGE,
      );
      const options = {
        absWorkingDir: root,
        entryPoints: ["main.mjs"],
        bundle: true,
        format: "esm",
        minify: true,
        outdir: "dist",
        loader: { ".wasm": "file" },
      };
      const { metafile, warnings } = await esbuild({ ...options, metafile: true, logLevel: "silent" });
      assert.deepEqual(warnings, []);
      const sources = () => Object.keys(metafile.inputs).map((file) => join(root, file));
      return {
        ...(await served(join(root, "dist"), htmlPage(moduleScript("/main.js")))),
        files: filesBelow(join(root, "dist")),
        sources,
      };
    },
  },
  {
    name: "no tool, import map",
    version: null,
    builds: false,
    resolves: false,
    // What runs is the package's own text, with no tool between: there another engine reads it too.
    engines: ["Chromium", "Firefox"],
    async open(root, entry) {
      const dist = "/node_modules/rivya-wasm/dist";
      const imports = {
        "rivya-wasm": `${dist}/index.browser.js`,
        "rivya-wasm/slim": `${dist}/slim.js`,
        "rivya-wasm/emulator": `${dist}/emulator.browser.js`,
        "rivya-wasm/client.wasm": `${dist}/client.wasm`,
      };
      writeFileSync(
        join(root, "main.mjs"),
        entry === "slim" ? slimPage('const wasm = import.meta.resolve("rivya-wasm/client.wasm");') : DEFAULT_PAGE,
      );
      return served(
        root,
        htmlPage(`<script type="importmap">${JSON.stringify({ imports })}</script>${moduleScript("/main.mjs")}`),
      );
    },
  },
];

const withoutQuery = (id) => id.split("?")[0];

/** Both pages, as a user of Vite has them: its scan of dependencies begins at the pages. */
function writeVitePages(root) {
  for (const entry of ENTRIES) {
    writeFileSync(join(root, `${entry}.html`), htmlPage(moduleScript(`/${entry}.mjs`)));
    writeFileSync(
      join(root, `${entry}.mjs`),
      entry === "slim" ? slimPage('import wasm from "rivya-wasm/client.wasm?url";') : DEFAULT_PAGE,
    );
  }
}

/** Opens a page in a browser; answers what it showed, and all that the browser complained of. */
export async function readPage(browser, url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(url);
    const output = page.locator("output:not(:empty)");
    await output.waitFor({ state: "attached", timeout: LIMIT_MS }).catch((error) => {
      throw new Error(`${url} showed nothing: ${complaints.join("\n")}`, { cause: error });
    });
    return { told: JSON.parse(await output.textContent()), complaints };
  } finally {
    await context.close();
  }
}

/**
 * Runs the journey as a script in the project's folder; `command` is a runtime's program and its arguments. Answers
 * what it told.
 */
export async function runScript([program, ...args], folder, entry) {
  const slim = `import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
const wasm = await readFile(fileURLToPath(import.meta.resolve("rivya-wasm/client.wasm")));`;
  const source = `import { createClient } from "rivya-wasm${entry === "slim" ? "/slim" : ""}";
import { journey } from "./journey.mjs";
${entry === "slim" ? slim : "const wasm = undefined;"}
console.log(JSON.stringify({ ...(await journey(createClient, { wasm })), from: import.meta.resolve("rivya-wasm") }));
`;
  writeFileSync(join(folder, `${entry}.mjs`), source);
  const { stdout } = await run(program, [...args, `${entry}.mjs`], {
    cwd: folder,
    timeout: LIMIT_MS,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
  });
  const { from, ...told } = JSON.parse(stdout);
  assert.ok(
    fileURLToPath(from).startsWith(join(folder, "node_modules/rivya-wasm/")),
    `${from} is outside of the project`,
  );
  return told;
}

/**
 * The journey in workerd, bundled the way that the tools for Workers do it: modules of WebAssembly stay files. Answers
 * `{ told, files }`.
 */
export async function runInWorkerd(folder, entry) {
  const slim = 'import wasm from "rivya-wasm/client.wasm";';
  const source = `import { createClient } from "rivya-wasm${entry === "slim" ? "/slim" : ""}";
import { journey } from "./journey.mjs";
${entry === "slim" ? slim : "const wasm = undefined;"}
export default { fetch: async () => Response.json(await journey(createClient, { wasm })) };
`;
  writeFileSync(join(folder, "worker.mjs"), source);
  const options = {
    absWorkingDir: folder,
    entryPoints: ["worker.mjs"],
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    outdir: "dist",
  };
  const { metafile } = await esbuild({ ...options, loader: { ".wasm": "copy" }, metafile: true, logLevel: "silent" });
  const inputs = Object.keys(metafile.inputs).filter((file) => file.includes("rivya-wasm"));
  for (const file of inputs)
    assert.ok(file.startsWith("node_modules/rivya-wasm/"), `${file} is outside of the project`);
  const files = filesBelow(join(folder, "dist"));
  // The worker is the first one.
  const names = ["worker.js", ...[...files.keys()].filter((name) => name !== "worker.js")];
  const modules = Object.fromEntries(names.map((name) => [name, join(folder, "dist", name)]));
  const workerd = await startWorkerd({ compatibilityDate: newestCompatibilityDate(), modules });
  try {
    const response = await fetch(workerd.origin, { signal: AbortSignal.timeout(LIMIT_MS) });
    const text = await response.text();
    assert.equal(response.status, 200, `${text}\n${workerd.log()}`);
    return { told: JSON.parse(text), files };
  } finally {
    await workerd.stop();
  }
}
