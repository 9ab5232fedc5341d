// `node build/line-width.mjs`: fails where a line of a source is longer than 120 columns. The formatters break code;
// comments, strings and what stands within a macro they leave as they are.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./versions.mjs";

export const MAX_COLUMNS = 120;
const FOLDERS = ["src", "build", "tests", "benches", "www", "examples", "fuzz"];
const SOURCES = /\.(?:m?js|rs|tsx?|css)$/;
/** What is made or installed inside of those folders. */
const MADE = /(?:^|[\\/])(?:target|node_modules|vendor)[\\/]/;

const LITERALS = [
  /b?r(#+)".*"\1/,
  /b?"(?:[^"\\]|\\.)*"/,
  /'(?:[^'\\]|\\.)*'/,
  /`(?:[^`\\]|\\.)*`/,
  /\/(?:[^/\\]|\\.)+\/[a-z]*/,
].map(({ source }) => source);
const NAME = /(?:(?:const|let) \w+(?:: [^="]+)? = |[\w.]+: |return |\+ )?/.source;
/** One string, template or pattern, with its name or sign at most: broken, no search would find it. */
const IS_LITERAL = new RegExp(`^ *${NAME}(?:${LITERALS.join("|")})(?: \\+)?[)\\]},;]*$`);
/** A test, whose name is a sentence. */
const IS_TEST = /^ *(?:test|describe)\((?:"[^"]*"|`[^`]*`), (?:async )?\(\w*\) => \{$/;
const URLS = /\bhttps?:\/\/\S+/g;

/**
 * The numbers of the lines that are too long. What may be: a literal alone, a test's name, and a line by its URL.
 *
 * @param {string} text
 */
export function longLines(text) {
  const numbered = text.split("\n").map((line, index) => ({ line, number: index + 1 }));
  return numbered.filter(({ line }) => isTooLong(line)).map(({ number }) => number);
}

/** @param {string} line */
function isTooLong(line) {
  if (columns(line) <= MAX_COLUMNS || IS_LITERAL.test(line) || IS_TEST.test(line)) return false;
  return columns(line.replace(URLS, "")) > MAX_COLUMNS;
}

/**
 * Characters, not UTF-16 units: an emoji is one of them.
 *
 * @param {string} text
 */
const columns = (text) => [...text].length;

function main() {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  const sources = files.filter((file) => SOURCES.test(file) && !MADE.test(file));
  const found = sources.flatMap((file) =>
    longLines(readFileSync(join(root, file), "utf8")).map((number) => `${file}:${number}`),
  );
  for (const place of found) console.error(`${place}: longer than ${MAX_COLUMNS} columns`);
  console.log(`${sources.length} sources, ${found.length} lines longer than ${MAX_COLUMNS} columns`);
  return found.length === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href && !main()) process.exitCode = 1;
