import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(ROOT, "tests/second-server");
const PACKAGES = join(ROOT, "target/python");
const STAMP = join(PACKAGES, ".requirements-sha256");
const PYTHON = process.env.PYTHON ?? "python3";

/** The key that the second server accepts. */
export const SECOND_SERVER_KEY = "rvya_sk_second";

/**
 * Starts `tests/second-server/server.py` on a free port of 127.0.0.1, its packages installed first where they are missing.
 * Answers `{ origin, baseUrl, options, state, set, faults, reset, stop }`: `options` for `createClient`, `state()` what it received so far,
 * `set` and `faults` its switches (see the file's own text), `stop()` ends it.
 */
export async function startSecondServer() {
  await installPackages();
  const server = spawn(PYTHON, [join(FOLDER, "server.py")], {
    env: { ...process.env, PYTHONPATH: PACKAGES, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  server.stderr.on("data", (data) => (complaints += data));
  const ended = new Promise((resolve) => server.once("close", resolve));
  const origin = await Promise.race([
    new Promise((resolve) => createInterface(server.stdout).once("line", resolve)),
    new Promise((_, reject) => server.once("error", reject)),
    ended.then(() => Promise.reject(new Error(`the second server ended at once: ${complaints}`))),
  ]);
  const ask = async (path, body) => {
    const response = await fetch(`${origin}/_test/${path}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`/_test/${path}: ${response.status} ${await response.text()} ${complaints}`);
    return response.json();
  };
  return {
    origin,
    baseUrl: `${origin}/api/v1`,
    options: { baseUrl: `${origin}/api/v1`, apiKey: SECOND_SERVER_KEY },
    state: () => ask("state"),
    set: (values) => ask("set", values),
    faults: (faults) => ask("faults", faults),
    reset: () => ask("reset", {}),
    stop: () => {
      server.kill();
      return ended;
    },
  };
}

/**
 * Installs what `requirements.txt` pins into `target/python`, once per content of that file. Put there by a rename: several test files may be at it at once.
 */
async function installPackages() {
  const requirements = join(FOLDER, "requirements.txt");
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const installed = () => existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted;
  if (installed()) return;
  const fresh = `${PACKAGES}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const options = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--require-hashes"];
  await run(PYTHON, ["-m", "pip", "install", ...options, "--target", fresh, "-r", requirements]);
  writeFileSync(join(fresh, ".requirements-sha256"), wanted);
  if (!installed()) rmSync(PACKAGES, { recursive: true, force: true });
  try {
    renameSync(fresh, PACKAGES);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!installed()) throw error;
  }
}

async function run(program, args) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (data) => (complaints += data));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} failed (Python 3.10 or newer with pip is needed):\n${complaints}`);
}
