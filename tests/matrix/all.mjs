// `npm run test:matrix`: the slow part of the matrix, which npm test leaves out. Prints a table; exits with 1 where anything fails.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launchChromium } from "../support/browsers.mjs";
import { DONE, SOURCE, installPackage } from "./project.mjs";
import { startWebKit } from "./webkit.mjs";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
/** What is installed for this alone lies here, and stays. */
const TOOLS = path("../../target/matrix/");
const NODES = ["20.20.2", "22.23.3", "24.21.0"];
const QUIET = ["--no-audit", "--no-fund", "--ignore-scripts"];

const SCRIPT = `import { journey } from "./journey.js"; console.log(JSON.stringify(await journey()));`;
const packaged = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), file);

const { project, close } = await installPackage();
const rows = [];

/** Runs one place; `work` may answer its version, where nobody knows it before. */
async function place(name, version, work) {
  try {
    const found = await work();
    rows.push([name, found ?? version, "makes the picture"]);
  } catch (error) {
    rows.push([name, version, `FAILS: ${String(error.message).split("\n")[0]}`]);
    process.exitCode = 1;
    console.error(error);
  }
}

/** A runtime that runs a script: the picture is made in its own process. */
const runtime = (name, version, command) =>
  place(name, version, async () => {
    const [program, ...args] = await command();
    const folder = project(`${name}-${version}`, { "journey.js": SOURCE, "main.js": SCRIPT });
    const { stdout } = await run(program, [...args, "main.js"], { cwd: folder, env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" } });
    assert.deepEqual(JSON.parse(stdout), DONE);
    return version;
  });

/** A Node of that version, from the registry's builds of it. */
async function nodeOf(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(TOOLS, `node-${version}`);
  const program = join(prefix, "node_modules", name, "bin/node");
  if (!existsSync(program)) {
    mkdirSync(prefix, { recursive: true });
    await run("npm", ["install", ...QUIET, "--no-save", "--no-package-lock", "--prefix", prefix, `${name}@${version}`]);
  }
  return [program];
}

for (const version of NODES) await runtime("Node", version, () => nodeOf(version));
await runtime("Deno", require("deno/package.json").version, () => [process.execPath, packaged("deno", "bin.cjs"), "run", "--allow-all", "--no-prompt"]);
await runtime("Bun", require("bun/package.json").version, () => [packaged("bun", "bin/bun.exe"), "run"]);

const PAGE = `"use client";
import { useEffect } from "react";
import { journey } from "../journey.js";
export default function Page() {
  useEffect(() => {
    globalThis.journey = journey;
  }, []);
  return <main>matrix</main>;
}
`;
const LAYOUT = `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
`;

const chromium = await launchChromium();
/** Opens a page, makes a picture in it. */
async function travels(url) {
  const context = await chromium.newContext();
  try {
    const tab = await context.newPage();
    await tab.goto(url);
    await tab.waitForFunction(() => globalThis.journey !== undefined, undefined, { timeout: 60_000 });
    assert.deepEqual(await tab.evaluate(() => globalThis.journey()), DONE);
  } finally {
    await context.close();
  }
}

const { next: version } = JSON.parse(readFileSync(path("next/package.json"), "utf8")).dependencies;
for (const [bundler, flag] of [["Turbopack", "--turbopack"], ["webpack", "--webpack"]]) {
  await place(`Next.js, ${bundler}`, version, async () => {
    const folder = project(`next-${bundler}`, { "journey.js": SOURCE, "app/page.jsx": PAGE, "app/layout.jsx": LAYOUT });
    const ours = join(folder, "node_modules/rivya-wasm");
    const kept = join(folder, "rivya-wasm");
    cpSync(ours, kept, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) cpSync(path(`next/${file}`), join(folder, file));
    await run("npm", ["ci", ...QUIET], { cwd: folder });
    cpSync(kept, ours, { recursive: true });
    const program = join(folder, "node_modules/next/dist/bin/next");
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
    await run(process.execPath, [program, "build", flag], { cwd: folder, env, maxBuffer: 1 << 26 });
    const server = spawn(process.execPath, [program, "start", "--port", "0", "--hostname", "127.0.0.1"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
    try {
      for await (const line of createInterface(server.stdout)) {
        const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
        if (url === undefined) continue;
        await travels(url);
        return version;
      }
      throw new Error("next start ended at once");
    } finally {
      server.kill("SIGKILL");
    }
  });
}
await chromium.close();

await place("WebKitGTK", "?", async () => {
  const webkit = await startWebKit();
  try {
    return await webkit.travels(project);
  } finally {
    webkit.close();
  }
});

close();
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
console.log(rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n"));
