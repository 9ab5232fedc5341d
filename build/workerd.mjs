// workerd, the runtime of Workers, with a configuration made for one worker: for the tests, and for `npm run example`.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
/** What a module is by the ending of its name; any other is an ES module. */
const KINDS = { ".wasm": "wasm", ".txt": "text" };

/** The day that this workerd knows as its newest compatibility date: its version carries it (`1.20261117.1`). */
export function newestCompatibilityDate() {
  const { version } = JSON.parse(readFileSync(require.resolve("workerd/package.json"), "utf8"));
  const [, year, month, day] = /^1\.(\d{4})(\d{2})(\d{2})\./.exec(version);
  return `${year}-${month}-${day}`;
}

/**
 * Starts workerd on 127.0.0.1, on a free port by default, with one worker, which may call loopback. Rejects with `EADDRINUSE` where the
 * port is taken.
 *
 * - `modules` maps a module's name to its file, the first one being the worker; names in `.wasm` are compiled modules, in `.txt` texts, all others ES modules.
 * - What stands in the worker's `env`, by its name there: `bindings` are texts; `services` origins of servers (`http://127.0.0.1:1234`);
 *   `durableObjects` names of classes that the worker exports, whose storage is SQLite, and goes when workerd is stopped; `workers` further workers,
 *   each of `{ modules, bindings }`.
 *
 * Answers `{ origin, log, stop }`.
 */
export async function startWorkerd({ port = 0, ...worker }) {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-workerd-"));
  writeFileSync(join(folder, "config.capnp"), configuration(worker, folder, port));

  // The package's main export is the path of its program. On descriptor 3 it tells the port that it got.
  const program = require("workerd").default;
  const child = spawn(program, ["serve", join(folder, "config.capnp"), "--control-fd=3"], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => rmSync(folder, { recursive: true, force: true }));
  const listening = await Promise.race([
    new Promise((resolve) => {
      createInterface(child.stdio[3]).on("line", (line) => {
        const message = JSON.parse(line);
        if (message.event === "listen") resolve(message.port);
      });
    }),
    new Promise((_, reject) => child.once("error", reject)),
    ended.then(() => Promise.reject(endedAtOnce(log))),
  ]);
  return {
    origin: `http://127.0.0.1:${listening}`,
    /** What it and the worker have said so far. */
    log: () => log,
    stop: () => {
      // Asked politely, it would wait for requests that hang.
      child.kill("SIGKILL");
      return ended;
    },
  };
}

function endedAtOnce(log) {
  const error = new Error(`workerd ended at once:\n${log}`);
  return /Address already in use/i.test(log) ? Object.assign(error, { code: "EADDRINUSE" }) : error;
}

/** Cap'n Proto's text form. Embedded files must lie beside it, in `folder`. */
function configuration({ compatibilityDate, modules, bindings = {}, services = {}, durableObjects = {}, workers = {} }, folder, port) {
  const texts = (entries, text) => Object.entries(entries).map(([name, value]) => text(JSON.stringify(name), JSON.stringify(value)));
  const embedded = (worker, modules) =>
    Object.entries(modules).map(([name, file], index) => {
      cpSync(file, join(folder, `${worker}-${index}`));
      return `(name = ${JSON.stringify(name)}, ${KINDS[extname(name)] ?? "esModule"} = embed "${worker}-${index}")`;
    });
  const boundTexts = (bindings) => texts(bindings, (name, text) => `(name = ${name}, text = ${text})`);
  const bound = [
    ...boundTexts(bindings),
    ...texts(workers, (name) => `(name = ${name}, service = ${name})`),
    ...texts(services, (name) => `(name = ${name}, service = ${name})`),
    ...texts(durableObjects, (name, className) => `(name = ${name}, durableObjectNamespace = ${className})`),
  ];
  const others = Object.entries(workers).map(
    ([name, { modules, bindings = {} }]) => `(name = ${JSON.stringify(name)}, worker = (
      modules = [${embedded(name, modules).join(", ")}],
      bindings = [${boundTexts(bindings).join(", ")}],
      compatibilityDate = ${JSON.stringify(compatibilityDate)},
    )),`,
  );
  const classes = texts(durableObjects, (_, name) => `(className = ${name}, uniqueKey = ${name}, enableSql = true)`);
  const hosts = Object.fromEntries(Object.entries(services).map(([name, origin]) => [name, new URL(origin).host]));
  // In memory they would have no SQL.
  const storage = join(folder, "storage");
  mkdirSync(storage);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${embedded("main", modules).join(", ")}],
      bindings = [${bound.join(", ")}],
      durableObjectNamespaces = [${classes.join(", ")}],
      durableObjectStorage = (localDisk = "storage"),
      compatibilityDate = ${JSON.stringify(compatibilityDate)},
    )),
    ${texts(hosts, (name, host) => `(name = ${name}, external = (address = ${host}, http = ())),`).join("\n    ")}
    ${others.join("\n    ")}
    (name = "storage", disk = (path = ${JSON.stringify(storage)}, writable = true)),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}
