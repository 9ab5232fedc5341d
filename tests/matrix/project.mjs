// Tiny projects that have the package as a stranger gets it: packed, installed from the tarball, beside no other file of ours.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** A photo of one pixel, and what a picture takes: the same in every runtime. `connect` makes the client of an emulator. */
const JOURNEY = (connect) => `
const photo = new Blob([Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNocFAAAAIkAOGrWWInAAAAAElFTkSuQmCC"), (letter) => letter.charCodeAt(0))], { type: "image/png" });
export async function journey() {
  const emulator = await createEmulator({ credits: 100, pace: { queuedMs: 100, processingMs: 200 } });
  const client = ${connect};
  const generation = await client.generate({ model: "nano-banana-2", prompt: "A kite", references: [photo] });
  const [picture] = await client.download(generation);
  const { charges } = emulator.ledger();
  return { status: generation.status, type: picture.type, isLarge: picture.size > 5_000, charges: charges.length };
}
`;
/** What each journey must come to. */
export const DONE = { status: "succeeded", type: "image/jpeg", isLarge: true, charges: 1 };

/** The module with `journey()`, as one writes it with the default entry. */
export const SOURCE = `import { createClient } from "rivya-wasm";
import { createEmulator } from "rivya-wasm/emulator";
${JOURNEY("await createClient(emulator.options)")}`;

/** The same with the slim entry, whose module is a file; `wasm` is how a bundler is asked for its address. */
export const slimSource = (statement) => `import { createClient } from "rivya-wasm/slim";
import { createEmulator } from "rivya-wasm/emulator";
${statement}
${JOURNEY("await createClient({ ...emulator.options, wasm })")}`;

/** A page's own module, and the page. */
export const MAIN = `import { journey } from "./journey.js";
globalThis.journey = journey;
`;
export const page = (script) => `<!doctype html><meta charset="utf-8"><title>matrix</title><link rel="icon" href="data:,">${script}`;

/** Packs and installs once; answers `{ project(name, files), close }`. `project` makes a folder of `files` with the package in its `node_modules`. */
export async function installPackage() {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-matrix-"));
  const first = join(folder, "first");
  mkdirSync(first);
  const manifest = JSON.stringify({ name: "a-project", private: true, type: "module" });
  // What is packed was built already: the build's own script would build it once more.
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT });
  writeFileSync(join(first, "package.json"), manifest);
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, JSON.parse(stdout)[0].filename)], { cwd: first });
  const project = (name, files) => {
    const place = join(folder, name);
    cpSync(join(first, "node_modules"), join(place, "node_modules"), { recursive: true });
    for (const [file, text] of Object.entries({ "package.json": manifest, ...files })) {
      mkdirSync(dirname(join(place, file)), { recursive: true });
      writeFileSync(join(place, file), text);
    }
    return place;
  };
  return { project, tarball: join(folder, JSON.parse(stdout)[0].filename), close: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A stretch of the module that an entry embeds, by which it is known again in what a bundler made of it. */
export function embeddedIn(entry) {
  const [payload] = /[A-Za-z0-9+/]{20000,}/.exec(readFileSync(join(ROOT, "dist", entry), "utf8"));
  return payload.slice(1_000, 1_200);
}

/** How often a text stands in the files of a folder. */
export function occurrences(folder, text) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => /\.(js|mjs|cjs)$/.test(file));
  return files.reduce((count, file) => count + readFileSync(join(folder, file), "utf8").split(text).length - 1, 0);
}
