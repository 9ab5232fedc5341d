// The package as a stranger gets it.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** Packs what was built into `folder`, whose own script would build it once more. Answers the tarball's path. */
export async function pack(folder) {
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
  });
  return join(folder, JSON.parse(stdout)[0].filename);
}

/** Makes a folder an empty project, and installs the tarball there, with no network to take anything else from. */
export async function installInto(folder, tarball) {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "a-project", private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: folder });
}
