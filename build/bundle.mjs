// From glue and our own JavaScript to the files of the package: one file per entry, nothing shared, nothing fetched.

import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { minify } from "terser";
import { packageVersion, root } from "./versions.mjs";

/** @typedef {Record<import("./modules.mjs").Feature, import("./modules.mjs").Built>} Modules */

/**
 * `#client-glue` is wasm-bindgen's output, `#client-wasm` the module as base64 of gzip: over the wire that is 1 %
 * larger than the file.
 *
 * @param {Modules} built
 * @returns {import("esbuild").Plugin}
 */
const modules = (built) => ({
  name: "modules",
  setup(plugin) {
    for (const [feature, { glue, packed }] of Object.entries(built)) {
      plugin.onResolve({ filter: new RegExp(`^#${feature}-glue$`) }, () => ({ path: glue, sideEffects: false }));
      plugin.onResolve({ filter: new RegExp(`^#${feature}-wasm$`) }, () => ({ path: packed, namespace: "embedded" }));
    }
    plugin.onLoad({ filter: /.*/, namespace: "embedded" }, ({ path }) => ({
      contents: `export default ${JSON.stringify(readFileSync(path, "base64"))};`,
      loader: "js",
    }));
    // A command of the command line names the server from its own folder; in the package both are in one.
    plugin.onResolve({ filter: /^\.\.\/server\.js$/ }, () => ({ path: "./server.js", external: true }));
    // wasm-bindgen copies the files that Rust imports into its output. Rust and our own code must share one instance:
    // there is one RivyaError.
    plugin.onResolve({ filter: /\/snippets\/.*\/src\// }, ({ path }) => ({
      path: join(root, "src", path.split(/\/snippets\/[^/]+\/src\//)[1]),
    }));
  },
});

/** What every visitor pays for: esbuild's output in fewer bytes, 4 % of its compressed form. */
const isClient = (/** @type {string} */ out) => /^(index|slim)\b/.test(out);

/** @param {string} file */
async function makeSmaller(file) {
  const { code } = await minify(readFileSync(file, "utf8"), { module: true, ecma: 2020, compress: { passes: 2 } });
  if (code === undefined) throw new Error(`terser made nothing of ${file}`);
  writeFileSync(file, code);
}

/**
 * Bundles entries `{ name: source }` into `outdir`; answers what went into them (the metafile of esbuild).
 *
 * @param {Record<string, string>} entries
 * @param {Modules} built
 * @param {string} outdir
 */
export async function bundle(entries, built, outdir) {
  const result = await build({
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: join(root, source), out })),
    bundle: true,
    format: "esm",
    target: ["chrome96", "firefox113", "safari16.4", "node20"],
    platform: "neutral",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    // The command line takes the client, the emulator and its server from the files beside it.
    external: ["node:*", "./client.wasm", "./edge.wasm", "./emulator.wasm", "rivya-wasm"],
    outdir,
    plugins: [modules(built)],
    logLevel: "warning",
    define: { PACKAGE_VERSION: JSON.stringify(packageVersion) },
    metafile: true,
  });
  await Promise.all(
    Object.keys(entries)
      .filter(isClient)
      .map((out) => makeSmaller(join(outdir, `${out}.js`))),
  );
  return result.metafile;
}
