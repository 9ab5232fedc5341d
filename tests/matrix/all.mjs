/**
 * `npm run test:matrix`: the tarball in every tool, browser and runtime that we say it works in, those that must be
 * fetched first included. Prints a table, and ends with 1 where anything failed. What a machine can't run stands in the
 * table as such.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, step } from "../../build/run.mjs";
import { root } from "../../build/versions.mjs";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";
import { COMMANDS } from "../support/runtimes.mjs";
import {
  assertFromTarball,
  assertJourney,
  COPIES,
  ENTRIES,
  packOnce,
  PAGE_TOOLS,
  pinned,
  readPage,
  runInWorkerd,
  runScript,
  totalBytes,
} from "./matrix.mjs";
import { openNext } from "./next.mjs";
import { launchWebKit } from "./webkit.mjs";

/** Where the packages of the lock file beside this one go: below what git and the tests' search for files leave out. */
const FOLDER = join(root, "target/matrix");
const NODES = ["20", "22", "24"];
const rows = [];

/** One line of the table. `work` answers the output's files, or nothing where nothing is built. */
async function row(tool, version, entry, place, work) {
  let result = "ok";
  let files;
  try {
    files = await work();
  } catch (error) {
    result = "FAIL";
    console.error(`${tool} ${version ?? ""}, ${entry}, ${place}:\n${error.stack}\n`);
  }
  rows.push([
    tool,
    version ?? "",
    entry,
    place,
    result,
    files === undefined ? "" : totalBytes(files).toLocaleString("en"),
  ]);
  console.log(rows.at(-1).join(" | "));
}

const notRun = (tool, why) => rows.push([tool, "", "", "", `not run: ${why}`, ""]);

async function install() {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const lock = createHash("sha256")
    .update(readFileSync(join(here, "package-lock.json")))
    .digest("hex");
  const stamp = join(FOLDER, "node_modules/.lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  mkdirSync(FOLDER, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(here, file), join(FOLDER, file));
  await step("npm packages of the matrix", () =>
    run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: FOLDER, quiet: true }),
  );
  writeFileSync(stamp, lock);
}

/** Reads a page and checks what it told. */
async function checkPage(read, url) {
  const { told, complaints } = await read(url);
  assertJourney(told);
  assert.deepEqual(complaints, []);
}

/**
 * A row for each browser, all of one page: `open()` makes it, once. It answers `{ check, files, close }`: `check(read)`
 * looks at it in a browser, `files` is what was built, unless nothing is.
 */
async function pageRows([tool, version, entry], readers, open) {
  const opening = open();
  for (const [place, read] of Object.entries(readers)) {
    await row(tool, version, entry, place, async () => {
      const { check, files } = await opening;
      await check(read);
      return files;
    });
  }
  // Where it could not be made, its rows say so.
  await (await opening.catch(() => null))?.close();
}

async function pages(packed, readers) {
  for (const { name, version, open, entries = ENTRIES, resolves = true, builds = true } of PAGE_TOOLS) {
    for (const entry of entries) {
      await pageRows([name, version, entry], readers, async () => {
        const folder = packed.project("page");
        const { url, sources, files, close } = await open(folder, entry);
        const check = async (read) => {
          await checkPage(read, url);
          if (resolves) assertFromTarball(sources(), { folder, entry });
          if (builds) assert.deepEqual(packed.copies(files), COPIES[entry]);
        };
        return { check, files, close };
      });
    }
  }
}

async function nextPages(packed, readers) {
  const version = JSON.parse(readFileSync(join(FOLDER, "node_modules/next/package.json"), "utf8")).version;
  for (const [bundler, args] of [
    ["Turbopack", []],
    ["webpack", ["--webpack"]],
  ]) {
    await pageRows([`Next.js, ${bundler}`, version, ENTRIES.join(" and ")], readers, async () => {
      const { url, files, close } = await openNext(packed.project("next", FOLDER), args);
      const check = async (read) => {
        for (const entry of ENTRIES) await checkPage(read, url(entry));
        // Both pages are in one output; the emulator serves both.
        assert.deepEqual(packed.copies(files), {
          client: { embedded: 1, file: 1 },
          emulator: { embedded: 1, file: 0 },
        });
      };
      return { check, files, close };
    });
  }
}

async function runtimes(packed) {
  const script = (tool, version, command) =>
    each((entry) =>
      row(tool, version, entry, "script", async () =>
        assertJourney(await runScript(command, packed.project("script"), entry)),
      ),
    );
  await script("Node, the one that tests", process.versions.node, COMMANDS.node);
  for (const major of NODES) {
    const folder = join(FOLDER, `node_modules/node-${major}`);
    if (!existsSync(folder)) {
      notRun(`Node ${major}`, "its package is for Linux on x64 alone");
      continue;
    }
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    await script("Node", version, [join(folder, "bin/node")]);
  }
  await script("Deno", pinned("deno"), COMMANDS.deno);
  await script("Bun", pinned("bun"), COMMANDS.bun);
  await each((entry) =>
    row("workerd", pinned("workerd"), entry, "worker", async () => {
      const { told, files } = await runInWorkerd(packed.project("workerd"), entry);
      assertJourney(told);
      assert.deepEqual(packed.copies(files), { client: { embedded: 0, file: 1 }, emulator: { embedded: 0, file: 1 } });
      return files;
    }),
  );
}

async function each(work) {
  for (const entry of ENTRIES) await work(entry);
}

function printTable() {
  const table = [["Tool", "Version", "Entry", "Ran in", "Result", "Output, bytes"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
  const isNumber = (column) => column === 5;
  const padded = (cell, column) => cell[isNumber(column) ? "padStart" : "padEnd"](widths[column]);
  const line = (cells) => `| ${cells.map(padded).join(" | ")} |`;
  const dashes = (width, column) => (isNumber(column) ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2));
  const rule = `|${widths.map(dashes).join("|")}|`;
  console.log(`\n${[line(table[0]), rule, ...rows.map(line)].join("\n")}`);
}

await install();
const closers = [];
try {
  const packed = await packOnce();
  closers.push(() => packed.remove());
  const readers = {};
  for (const [name, launch] of [
    ["Chromium", launchChromium],
    ["Firefox", launchFirefox],
  ]) {
    const browser = await launch();
    closers.push(() => browser.close());
    readers[`${name} ${browser.version()}`] = (url) => readPage(browser, url);
  }
  const webkit = await launchWebKit();
  if (webkit === null) notRun("WebKitGTK", "on Debian and Ubuntu: apt-get install webkit2gtk-driver xvfb");
  else {
    closers.push(() => webkit.close());
    readers[`WebKitGTK ${webkit.version}`] = webkit.readPage;
  }
  await pages(packed, readers);
  await nextPages(packed, readers);
  await runtimes(packed);
} finally {
  for (const close of closers.reverse()) await close();
}
printTable();
if (rows.some(([, , , , result]) => result === "FAIL")) process.exitCode = 1;
