import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pythonWith } from "./python.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(ROOT, "tests/second-server");

/** The key that the second server accepts. */
export const SECOND_SERVER_KEY = "rvya_sk_second";

/**
 * Starts `tests/second-server/server.py` on a free port of 127.0.0.1, its packages installed first where they are
 * missing. Answers `{ origin, baseUrl, options, state, set, faults, reset, stop }`: `options` for `createClient`,
 * `state()` what it received so far, `set` and `faults` its switches (see the file's own text), `stop()` ends it.
 */
export async function startSecondServer() {
  const { python, env } = await pythonWith(join(FOLDER, "requirements.txt"), "python");
  const server = spawn(python, [join(FOLDER, "server.py")], {
    env,
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
    const response = await fetch(
      `${origin}/_test/${path}`,
      body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    );
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
