/** Next.js: a project with a page for each entry, built by either of its bundlers and served by its own server. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { run } from "../../build/run.mjs";
import { filesBelow } from "./matrix.mjs";

const ENV = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };

const page = (entry, up, address, options) => `"use client";
import { useEffect } from "react";
import { createClient } from "rivya-wasm${entry}";
import { journey, show } from "${up}journey.mjs";
${address}
export default function Page() {
  useEffect(() => void show(() => journey(createClient${options})), []);
  return <output />;
}
`;

/** What a user of Next.js writes. Next.js itself lies in the folder above, with what else was installed on demand. */
const filesFor = (folder) => ({
  // Maps, to tell where the modules came from. The folder above is named, or either bundler would guess a root.
  "next.config.mjs": `const root = ${JSON.stringify(dirname(folder))};
export default { productionBrowserSourceMaps: true, turbopack: { root }, outputFileTracingRoot: root };
`,
  "app/layout.jsx": `export const metadata = { title: "matrix", icons: "data:," };
export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
`,
  "app/default/page.jsx": page("", "../../", "", ""),
  "app/slim/page.jsx": page(
    "/slim",
    "../../",
    'const wasm = new URL("rivya-wasm/client.wasm", import.meta.url);',
    ", { wasm }",
  ),
});

/**
 * Builds the project in `folder` with `args` for `next build`, and starts it. Answers `{ url, files, close }`:
 * `url(entry)` is a page, `files` what browsers are served.
 */
export async function openNext(folder, args) {
  for (const [name, text] of Object.entries(filesFor(folder))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const next = join(dirname(folder), "node_modules/next/dist/bin/next");
  await run(process.execPath, [next, "build", ...args], { cwd: folder, env: ENV, quiet: true });
  const built = [...filesBelow(join(folder, ".next/static"))];
  assertFromTarball(
    built.filter(([name]) => name.endsWith(".map")).flatMap(([, bytes]) => sourcesOf(JSON.parse(bytes))),
  );

  const child = spawn(process.execPath, [next, "start", "-H", "127.0.0.1", "-p", "0"], {
    cwd: folder,
    env: { ...process.env, ...ENV },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const close = () => {
    // A group of its own: the server may be a child of the command.
    process.kill(-child.pid, "SIGKILL");
    return ended;
  };
  const origin = await Promise.race([
    listening(child),
    ended.then((code) => Promise.reject(new Error(`next start ended with ${code}`))),
  ]);
  return {
    url: (entry) => `${origin}/${entry}`,
    files: new Map(built.filter(([name]) => !name.endsWith(".map"))),
    close,
  };
}

/** Turbopack's maps have sections. */
const sourcesOf = ({ sources = [], sections = [] }) => [...sources, ...sections.flatMap(({ map }) => sourcesOf(map))];

function assertFromTarball(sources) {
  const ours = [
    ...new Set(
      sources.filter(
        (source) =>
          /(index|slim|emulator)(\.browser)?\.js$/.test(source) &&
          source.includes("/dist/") &&
          !source.includes("/next/"),
      ),
    ),
  ];
  const files = ours.map((source) => source.slice(source.lastIndexOf("/node_modules/")));
  assert.deepEqual(
    files.sort(),
    ["emulator.browser.js", "index.browser.js", "slim.js"].map((file) => `/node_modules/rivya-wasm/dist/${file}`),
    ours.join(", "),
  );
}

/** It tells its port in the line "- Local: http://127.0.0.1:3000". */
function listening(child) {
  return new Promise((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      const found = /Local:\s+(http:\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
  });
}
