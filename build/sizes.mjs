// What a visitor downloads: `node build/sizes.mjs` prints it for every file of the package, and fails where a budget is
// exceeded. With `--write` it also puts the table into README.md.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { root } from "./versions.mjs";

const dist = join(root, "dist");
/** Bytes on the wire, compressed by brotli: what one visitor of a page pays. The emulator is a tool: it has none. */
const BUDGETS = [
  { name: "default entry in a page", entry: "rivya-wasm", files: ["index.browser.js"], budgetBytes: 173_000 },
  {
    name: "slim entry and its module",
    entry: "rivya-wasm/slim",
    files: ["slim.js", "client.wasm"],
    budgetBytes: 155_800,
  },
];
const README = join(root, "README.md");
const README_TABLE = /(<!-- sizes -->\n)[\s\S]*?(\n<!-- \/sizes -->)/;

/**
 * Raw, gzip -9 and brotli 11 sizes of a file, in bytes.
 *
 * @param {string} file
 */
function sizesOf(file) {
  const bytes = readFileSync(join(dist, file));
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }).length,
    brotli: brotli.length,
  };
}

const number = (/** @type {number} */ bytes) => bytes.toLocaleString("en");

/** The README's table: what the two ways to use the client cost. */
export function sizesForReadme() {
  const rows = BUDGETS.map(({ entry, files, budgetBytes }) => {
    const parts = files.map(sizesOf);
    /** @type {(keyof ReturnType<typeof sizesOf>)[]} */
    const keys = ["raw", "gzip", "brotli"];
    const cells = keys.map((key) => number(parts.reduce((sum, part) => sum + part[key], 0)));
    const named = files.map((file) => `\`${file}\``).join(" + ");
    return `| \`${entry}\` (${named}) | ${cells.join(" | ")} | ${number(budgetBytes)} |`;
  });
  return [
    "| bytes | raw | gzip -9 | brotli 11 | budget (brotli) |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

/** Prints the table; answers what exceeds its budget, a line each. */
export function checkSizes() {
  const files = readdirSync(dist).filter((file) => /\.(js|wasm)$/.test(file));
  const sizes = new Map(files.map((file) => [file, sizesOf(file)]));
  /** @type {(name: string, cells: string[]) => void} */
  const row = (name, cells) => console.log(name.padEnd(28) + cells.map((cell) => cell.padStart(12)).join(""));
  row("bytes", ["raw", "gzip -9", "brotli 11"]);
  for (const [file, { raw, gzip, brotli }] of sizes) row(file, [raw, gzip, brotli].map(number));
  console.log();
  /** @type {string[]} */
  const exceeded = [];
  for (const { name, files: parts, budgetBytes } of BUDGETS) {
    const bytes = parts.reduce((sum, file) => sum + sizesOf(file).brotli, 0);
    const verdict = `${name} (${parts.join(" + ")}): ${number(bytes)} of ${number(budgetBytes)} bytes`;
    console.log(`${bytes > budgetBytes ? "OVER  " : "within"}  ${verdict}`);
    if (bytes > budgetBytes) exceeded.push(verdict);
  }
  return exceeded;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes("--write")) {
    const table = sizesForReadme();
    writeFileSync(
      README,
      readFileSync(README, "utf8").replace(README_TABLE, (_, before, after) => before + table + after),
    );
  }
  if (checkSizes().length > 0) process.exitCode = 1;
}
