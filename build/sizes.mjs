// What a visitor downloads: `node build/sizes.mjs` prints it for every file of the package, and fails where a budget is exceeded.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { root } from "./versions.mjs";

const dist = join(root, "dist");
/**
 * Bytes on the wire, compressed by brotli: what one visitor of a page pays. The emulator is a tool: it has none. `budgetBytes` is what we owe
 * the visitor; `reachedBytes` is where we are, and fails the check as soon as it grows. It is lowered with every step, and goes when it meets
 * the budget.
 */
const BUDGETS = [
  { name: "default entry in a page", files: ["index.browser.js"], budgetBytes: 56_000, reachedBytes: 59_200 },
  { name: "slim entry and its module", files: ["slim.js", "client.wasm"], budgetBytes: 50_000, reachedBytes: 55_600 },
];

/** Raw, gzip -9 and brotli 11 sizes of a file, in bytes. */
function sizesOf(file) {
  const bytes = readFileSync(join(dist, file));
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }).length, brotli: brotli.length };
}

/** Prints the table; answers the budgets that are exceeded, a line each. */
export function checkSizes() {
  const files = readdirSync(dist).filter((file) => /\.(js|wasm)$/.test(file));
  const sizes = new Map(files.map((file) => [file, sizesOf(file)]));
  const row = (name, cells) => console.log(name.padEnd(28) + cells.map((cell) => String(cell).padStart(12)).join(""));
  const number = (bytes) => bytes.toLocaleString("en");
  row("bytes", ["raw", "gzip -9", "brotli 11"]);
  for (const [file, { raw, gzip, brotli }] of sizes) row(file, [raw, gzip, brotli].map(number));
  console.log();
  const exceeded = [];
  for (const { name, files: parts, budgetBytes, reachedBytes } of BUDGETS) {
    const bytes = parts.reduce((sum, file) => sum + sizes.get(file).brotli, 0);
    const verdict = `${name} (${parts.join(" + ")}): ${number(bytes)} of ${number(budgetBytes)} bytes`;
    const over = bytes > budgetBytes ? `, ${number(bytes - budgetBytes)} over the budget` : "";
    console.log(`${over ? "OVER  " : "within"}  ${verdict}${over}`);
    if (bytes > Math.max(budgetBytes, reachedBytes)) exceeded.push(verdict);
    if (bytes > reachedBytes && over) console.log(`        and more than the ${number(reachedBytes)} that it had reached`);
  }
  return exceeded;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href && checkSizes().length > 0) process.exitCode = 1;
