// Every package that the project is built from, tested with, or ships: its licence, and where the lock files say that
// it comes from.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ALLOWED = new Set([
  "MIT",
  "MIT-0",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "ISC",
  "Zlib",
  "Unicode-3.0",
]);

/**
 * Tools of the tests that nothing else does the work of, by the licence that they have: nothing of them is shipped, nor
 * changed by us.
 */
const TOOLS = {
  // Finds what a screen reader can't use.
  "axe-core": /^MPL-2\.0$/,
  // Within the bundlers that the package is tried in.
  lightningcss: /^MPL-2\.0$/,
  "caniuse-lite": /^CC-BY-4\.0$/,
  "graceful-fs": /^BlueOak-1\.0\.0$/,
  "lru-cache": /^BlueOak-1\.0\.0$/,
};
/** The tool that a path of the lock file belongs to; a program has a package for each platform. */
const toolOf = (path) =>
  TOOLS[
    path
      .split("node_modules/")
      .at(-1)
      .replace(/^lightningcss-.*/, "lightningcss")
  ];

const readJson = (name) => JSON.parse(readFileSync(`${ROOT}${name}`, "utf8"));

/** Whether an SPDX expression lets us choose allowed licences alone. `MIT/Apache-2.0` is how older crates write OR. */
function allows(expression) {
  const tokens = expression.replaceAll("/", " OR ").match(/\(|\)|\bOR\b|\bAND\b|[^\s()]+(?:\s+WITH\s+[^\s()]+)?/g);
  const either = () => {
    let result = both();
    while (tokens[0] === "OR") result = [tokens.shift(), both()][1] || result;
    return result;
  };
  const both = () => {
    let result = one();
    while (tokens[0] === "AND") result = [tokens.shift(), one()][1] && result;
    return result;
  };
  const one = () => {
    const token = tokens.shift();
    if (token !== "(") return ALLOWED.has(token);
    const result = either();
    tokens.shift();
    return result;
  };
  return either();
}

test("the_reading_of_licence_expressions_itself", () => {
  for (const fine of [
    "MIT",
    "GPL-3.0 OR MIT",
    "MIT/Apache-2.0",
    "(MIT OR GPL-2.0) AND Unicode-3.0",
    "Apache-2.0 WITH LLVM-exception",
  ])
    assert.ok(allows(fine), fine);
  for (const wrong of ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND LGPL-2.1", "UNLICENSED"])
    assert.ok(!allows(wrong), wrong);
});

test("every_crate_has_a_licence_that_we_may_use", () => {
  const metadata = execFileSync("cargo", ["metadata", "--format-version", "1", "--locked", "--all-features"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  const { packages } = JSON.parse(metadata);
  assert.ok(packages.length > 50);
  assert.deepEqual(
    packages.filter(({ license }) => !allows(license ?? "none")).map(({ name, license }) => `${name}: ${license}`),
    [],
  );
});

test("every_npm_package_has_a_licence_that_we_may_use", () => {
  const packages = Object.entries(readJson("package-lock.json").packages).filter(([path]) => path !== "");
  assert.ok(packages.length > 5);
  const isFine = ([path, { license, dev, devOptional, optional }]) =>
    allows(license ?? "none") || ((dev || devOptional || optional) && toolOf(path)?.test(license));
  assert.deepEqual(
    packages.filter((each) => !isFine(each)).map(([path, { license }]) => `${path}: ${license}`),
    [],
  );
});

test("npm_packages_are_pinned_exactly_and_the_lock_names_no_host", () => {
  assert.deepEqual(
    Object.entries(readJson("package.json").devDependencies).filter(
      ([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/.test(version),
    ),
    [],
  );
  assert.equal(readFileSync(`${ROOT}package-lock.json`, "utf8").match(/"resolved"/g), null);
});
