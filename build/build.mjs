// `npm run build`: the publishable package in dist/, and what the demo page loads in www/vendor/.

import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setUp } from "./setup.mjs";
import { step } from "./run.mjs";
import { root } from "./versions.mjs";

const dist = join(root, "dist");
const www = join(root, "www");
const vendor = join(www, "vendor");
/** The page's own files; what it loads beside them lies in dist/ under other names. */
const PAGE = ["index.html", "demo.js", "style.css"];

/** Entries of the package: name in dist/ → source. */
const ENTRIES = {
  "index.browser": "src/npm/index.browser.js",
  "index.node": "src/npm/index.node.js",
  "index.workerd": "src/npm/index.workerd.js",
  slim: "src/npm/slim.js",
  "edge.browser": "src/npm/edge.browser.js",
  "edge.node": "src/npm/edge.node.js",
  "edge.workerd": "src/npm/edge.workerd.js",
  "emulator.browser": "src/npm/emulator.browser.js",
  "emulator.node": "src/npm/emulator.node.js",
  "emulator.workerd": "src/npm/emulator.workerd.js",
  server: "src/npm/server.js",
  cli: "src/npm/cli.js",
};

/** Builds everything. */
export async function build() {
  await setUp();
  // What lies in node_modules can be imported only now.
  const { buildModule } = await import("./modules.mjs");
  const { bundle } = await import("./bundle.mjs");
  const { notices } = await import("./notices.mjs");
  const built = {
    client: await buildModule("client"),
    edge: await buildModule("edge"),
    emulator: await buildModule("emulator"),
  };
  await step("bundle", async () => {
    rmSync(dist, { recursive: true, force: true });
    mkdirSync(dist, { recursive: true });
    const bundled = await bundle(ENTRIES, built, dist);
    writeFileSync(join(dist, "third-party-licences.txt"), await notices(bundled));
    chmodSync(join(dist, "cli.js"), 0o755);
    for (const [feature, { wasm }] of Object.entries(built)) cpSync(wasm, join(dist, `${feature}.wasm`));
    await declarations();
    demo();
  });
}

async function declarations() {
  const { modelParams } = await import("./model-params.mjs");
  const catalogue = JSON.parse(readFileSync(join(root, "src/contract/models.json"), "utf8"));
  const source = readFileSync(join(root, "src/types/index.d.ts"), "utf8");
  const marker = "/* ModelParams: generated from the catalogue */";
  if (!source.includes(marker)) throw new Error(`src/types/index.d.ts has lost its marker: ${marker}`);
  writeFileSync(
    join(dist, "index.d.ts"),
    source.replace(marker, () => modelParams(catalogue)),
  );
  for (const name of ["slim.d.ts", "client.wasm.d.ts", "edge.d.ts", "emulator.d.ts"])
    cpSync(join(root, "src/types", name), join(dist, name));
}

function demo() {
  rmSync(vendor, { recursive: true, force: true });
  mkdirSync(vendor, { recursive: true });
  cpSync(join(dist, "index.browser.js"), join(vendor, "rivya-wasm.js"));
  cpSync(join(dist, "emulator.browser.js"), join(vendor, "emulator.js"));
  const catalogue = readFileSync(join(root, "src/contract/models.json"), "utf8");
  writeFileSync(join(vendor, "catalogue.json"), catalogue);
  // The package's command serves the page, too: with the modules of dist/, which are not shipped twice.
  mkdirSync(join(dist, "demo/vendor"), { recursive: true });
  for (const file of PAGE) cpSync(join(www, file), join(dist, "demo", file));
  writeFileSync(join(dist, "demo/vendor/catalogue.json"), JSON.stringify(JSON.parse(catalogue)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
