import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);

/** The day that this workerd knows as its newest compatibility date: its version carries it (`1.20261117.1`). */
export function newestCompatibilityDate() {
  const { version } = JSON.parse(readFileSync(require.resolve("workerd/package.json"), "utf8"));
  const [, year, month, day] = /^1\.(\d{4})(\d{2})(\d{2})\./.exec(version);
  return `${year}-${month}-${day}`;
}

/**
 * Starts workerd on a free port of 127.0.0.1 with one worker, which may call loopback. `modules` maps a module's name to its file, the first one being the
 * worker; `.wasm` files are compiled modules, all others ES modules. `bindings` are texts in the worker's `env`. Answers `{ origin, log, stop }`.
 */
export async function startWorkerd({ compatibilityDate, modules, bindings = {} }) {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-workerd-"));
  const entries = Object.entries(modules).map(([name, file], index) => {
    // Embedded files must lie beside the configuration.
    cpSync(file, join(folder, `module-${index}`));
    return `(name = ${JSON.stringify(name)}, ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "module-${index}")`;
  });
  const texts = Object.entries(bindings).map(([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`);
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${entries.join(", ")}],
      bindings = [${texts.join(", ")}],
      compatibilityDate = ${JSON.stringify(compatibilityDate)},
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  );

  // The package's main export is the path of its program. On descriptor 3 it tells the port that it got.
  const program = require("workerd").default;
  const child = spawn(program, ["serve", join(folder, "config.capnp"), "--control-fd=3"], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => rmSync(folder, { recursive: true, force: true }));
  const port = await Promise.race([
    new Promise((resolve) => {
      createInterface(child.stdio[3]).on("line", (line) => {
        const message = JSON.parse(line);
        if (message.event === "listen") resolve(message.port);
      });
    }),
    new Promise((_, reject) => child.once("error", reject)),
    ended.then(() => Promise.reject(new Error(`workerd ended at once:\n${log}`))),
  ]);
  return {
    origin: `http://127.0.0.1:${port}`,
    /** What it and the worker have said so far. */
    log: () => log,
    stop: () => {
      // Asked politely, it would wait for requests that hang.
      child.kill("SIGKILL");
      return ended;
    },
  };
}
