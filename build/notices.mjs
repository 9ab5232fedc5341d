// Licence texts of what is compiled or bundled into the package: their authors ask that copies carry them.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./run.mjs";
import { root } from "./versions.mjs";

const GRAPH = [
  "--no-default-features",
  "--features",
  "client,edge,emulator,npm",
  "--filter-platform",
  "wasm32-unknown-unknown",
];

/** @typedef {{ name: string, version: string, license: string, folder: string }} Work */

/**
 * The text of `dist/third-party-licences.txt`. `bundled`: the metafile of the bundler.
 *
 * @param {import("esbuild").Metafile} bundled
 */
export async function notices(bundled) {
  const packages = [...(await crates()), ...npmPackages(bundled)];
  const named = packages.map(({ name, version, license }) => `${name} ${version} (${license})`).sort();
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const { name, folder, license } of packages) {
    for (const text of licenceTexts(folder, license)) byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  const texts = [...byText].map(([text, names]) => `${"─".repeat(80)}\n${names.sort().join(", ")}\n\n${text}\n`);
  const head = "Parts of this package are made from the following works, under the licences named here.";
  return `${head}\n\n${named.join("\n")}\n\n${texts.join("\n")}`;
}

/**
 * What `cargo metadata` says, as far as it is read here.
 *
 * @typedef {object} Crate
 * @property {string} id
 * @property {string} name
 * @property {string} version
 * @property {string} license
 * @property {string} manifest_path
 * @property {{ kind: string[] }[]} targets
 *
 * @typedef {{ id: string, deps: { pkg: string, dep_kinds: { kind: string | null }[] }[] }} Node
 * @typedef {{ packages: Crate[], resolve: { root: string, nodes: Node[] } }} Metadata
 */

/**
 * Crates whose code ends in a module: neither procedural macros nor what runs at build time alone.
 *
 * @returns {Promise<Work[]>}
 */
async function crates() {
  /** @type {Metadata} */
  const { packages, resolve } = JSON.parse(
    await run("cargo", ["metadata", "--format-version", "1", "--locked", ...GRAPH], { quiet: true }),
  );
  const packageOf = new Map(packages.map((each) => [each.id, each]));
  const nodeOf = new Map(resolve.nodes.map((node) => [node.id, node]));
  const reached = new Set([resolve.root]);
  for (const id of reached) {
    for (const { pkg, dep_kinds: kinds } of nodeOf.get(id)?.deps ?? []) {
      const isMacro = packageOf.get(pkg)?.targets.some(({ kind }) => kind.includes("proc-macro"));
      if (!isMacro && kinds.some(({ kind }) => kind === null)) reached.add(pkg);
    }
  }
  reached.delete(resolve.root);
  return [...reached]
    .flatMap((id) => packageOf.get(id) ?? [])
    .map(({ manifest_path: manifest, ...each }) => ({ ...each, folder: dirname(manifest) }));
}

/**
 * @param {import("esbuild").Metafile} bundled
 * @returns {Work[]}
 */
function npmPackages({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((input) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  return [...folders].map((folder) => ({
    ...JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")),
    folder: join(root, folder),
  }));
}

/**
 * The MIT text where that may be chosen and is there, else every one.
 *
 * @param {string} folder
 * @param {string} license
 */
function licenceTexts(folder, license) {
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice|unlicense)/i.test(name));
  const mit = /\bMIT\b/.test(license) ? files.filter((name) => /mit/i.test(name)) : [];
  return (mit.length > 0 ? mit : files).sort().map((name) => readFileSync(join(folder, name), "utf8").trim());
}
