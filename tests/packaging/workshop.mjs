// A place to run the package's command in, as somebody does who types it: a process, an API behind HTTP, files on the
// disk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { onTerminal } from "../support/terminal.mjs";

export const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const KEY = "rvya_sk_of_this_test";
const DROPPED = "dropped by the test";
const INSTANT = { queuedMs: 0, processingMs: 0 };

const isSubmission = ({ method, url }) => method === "POST" && url.endsWith("/generations");

/** A handler behind which the API takes submissions, and loses its answers to them while `isDown()`. */
export const answersLost = (isDown) => async (request, emulator) => {
  if (!isDown() || !isSubmission(request)) return undefined;
  await emulator.fetch(request);
  throw new Error(DROPPED);
};

/**
 * A folder to work in and an API: `run(...args)` starts the command there, `runWith(env, ...args)` with other variables
 * of its environment, `runOn(columns, ...args)` on a terminal. `handlers` stand before the emulator; `kept()` are the
 * files of what was sent and not saved yet.
 */
export async function workshop(t, { pace = INSTANT, handlers, ...options } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-command-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { origin, emulator, close } = await serveEmulator(
    (publicUrl) => createEmulator({ publicUrl, pace, apiKeys: [KEY], ...options }),
    { handlers },
  );
  t.after(async () => {
    await close();
    emulator.free();
  });
  // Nothing of whoever runs the tests: neither a key, nor what an earlier run left to be done.
  const env = {
    PATH: process.env.PATH,
    XDG_STATE_HOME: join(folder, "state"),
    LOCALAPPDATA: join(folder, "state"),
    RIVYA_API_KEY: KEY,
    RIVYA_BASE_URL: `${origin}/api/v1`,
  };
  const command = (args) => [process.execPath, join(DIST, "cli.js"), ...args];
  const run = (...args) => start(t, command(args), { cwd: folder, env });
  const runWith = (others, ...args) => start(t, command(args), { cwd: folder, env: { ...env, ...others } });
  const runOn = (columns, ...args) => start(t, onTerminal(columns, command(args)), { cwd: folder, env });
  const keptIn = join(folder, "state/rivya-wasm");
  const kept = () => (existsSync(keptIn) ? readdirSync(keptIn).map((name) => join(keptIn, name)) : []);
  const pictures = () =>
    readdirSync(folder)
      .filter((name) => name !== "state")
      .sort();
  return { run, runWith, runOn, emulator, kept, pictures, at: (name) => join(folder, name) };
}

function start(t, [program, ...args], options) {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said.err += text));
  const ended = once(child, "close").then(([code, signal]) => {
    assert.ok(!(said.out + said.err).includes(KEY), `it told the key: ${said.out}${said.err}`);
    return { code: code ?? signal, ...said };
  });
  return { child, said, ended };
}
