// The pages of the bench: each client bundled as a page that submits and waits would bundle it, and what that page has
// to download.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { noisePng } from "../../tests/support/pictures.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HERE = dirname(fileURLToPath(import.meta.url));
const UPLOAD_BYTES = 10_000_000;

/**
 * What a page imports of each, and what it fetches beside its bundle. The names are those of `page.js`. Both entries of
 * ours are here: the default one brings its module in the bundle, the slim one loads it from its own URL.
 */
export const CLIENTS = [
  { name: "rivya", title: "rivya-wasm", source: 'export { createClient } from "rivya-wasm";', isOurs: true },
  {
    name: "slim",
    title: "rivya-wasm/slim",
    source: 'export { createClient } from "rivya-wasm/slim";',
    beside: "dist/client.wasm",
    isOurs: true,
  },
  { name: "fal", title: "@fal-ai/client", source: 'export { createFalClient } from "@fal-ai/client";' },
  { name: "replicate", title: "replicate", source: 'export { default } from "replicate";' },
  { name: "openai", title: "openai", source: 'export { default } from "openai";' },
];

const fromRoot = createRequire(join(ROOT, "package.json"));

/** The package's own file: some do not export theirs. */
function versionOf({ title, isOurs }) {
  const file = isOurs ? join(ROOT, "package.json") : join(fromRoot.resolve.paths(title)[0], title, "package.json");
  return JSON.parse(readFileSync(file, "utf8")).version;
}

/** ESM, minified, for browsers: every client by the same settings. */
export async function bundled(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return Buffer.from(outputFiles[0].contents);
}

function sizesOf(bytes) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
}

/** Of any page that times clients: path → content for the server. It lacks their bundles. */
export const timingPages = () =>
  new Map([
    ["/", '<!doctype html><title>clients</title><script type="module" src="/page.js"></script>'],
    ["/page.js", readFileSync(join(HERE, "page.js"))],
    ["/metadata.js", readFileSync(join(ROOT, "tests/support/metadata.mjs"))],
    ["/wasm-memory.js", readFileSync(join(ROOT, "tests/support/wasm-memory.mjs"))],
    ["/photo.png", noisePng({ maxBytes: UPLOAD_BYTES })],
  ]);

/**
 * Answers `{ pages, clients }`: path → content for the server, and of each client its name, title, version and the
 * sizes of what it downloads.
 */
export async function makePages() {
  const pages = timingPages();
  pages.set("/client.wasm", readFileSync(join(ROOT, "dist/client.wasm")));
  // What a page pays for any import at all.
  pages.set("/bundles/plain.js", await bundled("export {};"));
  const clients = [];
  for (const { name, title, source, beside, isOurs = false } of CLIENTS) {
    const bundle = await bundled(source);
    pages.set(`/bundles/${name}.js`, bundle);
    const parts = [bundle, ...(beside === undefined ? [] : [readFileSync(join(ROOT, beside))])].map(sizesOf);
    const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
    const sizes = { raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") };
    clients.push({ name, title, isOurs, version: versionOf({ title, isOurs }), sizes });
  }
  return { pages, clients };
}
