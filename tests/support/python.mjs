import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TARGET = fileURLToPath(new URL("../../target/", import.meta.url));
const PYTHON = process.env.PYTHON ?? "python3";

/** By folder: one process may ask several times at once, too. */
const under = new Map();

/**
 * Python with the packages that `requirements` pins, installed into `target/<folder>` once per content of that file.
 * Put there by a rename: several test files may be at it at once. Answers `{ python, env }`, the program and its
 * environment.
 */
export function pythonWith(requirements, folder) {
  if (!under.has(folder)) under.set(folder, install(requirements, folder));
  return under.get(folder);
}

async function install(requirements, folder) {
  const packages = join(TARGET, folder);
  const stamp = join(packages, ".requirements-sha256");
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const installed = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  const ready = { python: PYTHON, env: { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" } };
  if (installed()) return ready;
  const fresh = `${packages}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const options = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--require-hashes"];
  await runPython({ python: PYTHON, env: process.env }, [
    "-m",
    "pip",
    "install",
    ...options,
    "--target",
    fresh,
    "-r",
    requirements,
  ]);
  writeFileSync(join(fresh, ".requirements-sha256"), wanted);
  if (!installed()) rmSync(packages, { recursive: true, force: true });
  try {
    renameSync(fresh, packages);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!installed()) throw error;
  }
  return ready;
}

/** Runs it to its end; answers what it wrote to stdout. */
export async function runPython({ python, env }, args) {
  const child = spawn(python, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [written, complaints] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (written += text));
  child.stderr.on("data", (data) => (complaints += data));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0)
    throw new Error(`${python} ${args.join(" ")} failed (Python 3.10 or newer with pip is needed):\n${complaints}`);
  return written;
}
