import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startWorkerd } from "../../build/workerd.mjs";

const require = createRequire(import.meta.url);
const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const packaged = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), file);

/** Runtime → program and arguments before the script. */
export const COMMANDS = {
  node: [process.execPath],
  deno: [process.execPath, packaged("deno", "bin.cjs"), "run", "--allow-all", "--no-prompt"],
  bun: [packaged("bun", "bin/bun.exe")],
};

/** The modules of a worker that uses the edge, as workerd wants them. */
export const edgeModules = (worker) => ({
  "worker.mjs": path(worker),
  "rivya-wasm/edge": path("dist/edge.workerd.js"),
  "rivya-wasm/edge.wasm": path("dist/edge.wasm"),
});

/**
 * Serves the worker of tests/edge/runtimes on a free port of 127.0.0.1, in `node`, `deno`, `bun`, or `workerd` under a
 * compatibility date, with `env` as its environment. Answers `{ origin, port, log, stop }`.
 */
export async function serveProxy({ runtime, compatibilityDate, env }) {
  if (runtime === "workerd") {
    const workerd = await startWorkerd({
      compatibilityDate,
      modules: edgeModules("tests/edge/runtimes/worker.mjs"),
      bindings: env,
    });
    return { ...workerd, port: Number(new URL(workerd.origin).port) };
  }
  const [program, ...args] = COMMANDS[runtime];
  const options = {
    env: { ...process.env, ...env, DENO_NO_UPDATE_CHECK: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  };
  const child = spawn(program, [...args, path(`tests/edge/runtimes/${runtime}.mjs`)], options);
  let log = "";
  child.stderr.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const port = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line).port))),
    new Promise((_, reject) => child.once("error", reject)),
    ended.then(() => Promise.reject(new Error(`${runtime} ended at once:\n${log}`))),
  ]);
  const stop = () => {
    // A group of its own: one of the programs is a wrapper around another.
    process.kill(-child.pid, "SIGKILL");
    return ended;
  };
  return { origin: `http://127.0.0.1:${port}`, port, log: () => log, stop };
}

/** Runs a script to its end in `node`, `deno` or `bun`; answers what it printed, as JSON. */
export async function runScript(runtime, script, args) {
  const [program, ...before] = COMMANDS[runtime];
  const child = spawn(program, [...before, path(script), ...args], {
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [printed, log, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once("close", resolve)),
  ]);
  if (code !== 0) throw new Error(`${runtime} ${script} ended with ${code}:\n${log}`);
  return JSON.parse(printed);
}
