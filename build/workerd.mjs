// workerd, the runtime of Workers, with a configuration made for one worker: for the tests, the benches, and
// `npm run example`.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { captured } from "./versions.mjs";

/**
 * What a worker is made of: see `startWorkerd`.
 *
 * @typedef {object} Worker
 * @property {string} compatibilityDate
 * @property {string[]} [compatibilityFlags]
 * @property {Record<string, string>} modules
 * @property {Record<string, string>} [bindings]
 * @property {Record<string, string>} [services]
 * @property {Record<string, string>} [durableObjects]
 * @property {Record<string, { modules: Record<string, string>, bindings?: Record<string, string> }>} [workers]
 */

const require = createRequire(import.meta.url);
/**
 * What a module is by the ending of its name; any other is an ES module.
 *
 * @type {Record<string, string>}
 */
const KINDS = { ".wasm": "wasm", ".txt": "text" };

/** The day that this workerd knows as its newest compatibility date: its version carries it (`1.20261117.1`). */
export function newestCompatibilityDate() {
  const { version } = JSON.parse(readFileSync(require.resolve("workerd/package.json"), "utf8"));
  const [, year, month, day] = captured(/^1\.(\d{4})(\d{2})(\d{2})\./, version, "The version of workerd");
  return `${year}-${month}-${day}`;
}

/**
 * Starts workerd on 127.0.0.1, on a free port by default, with one worker, which may call loopback. Rejects with
 * `EADDRINUSE` where the port is taken.
 *
 * - `modules` maps a module's name to its file, the first one being the worker; names in `.wasm` are compiled modules,
 *   in `.txt` texts, all others ES modules.
 * - What stands in the worker's `env`, by its name there: `bindings` are texts; `services` origins of servers
 *   (`http://127.0.0.1:1234`); `durableObjects` names of classes that the worker exports, whose storage is SQLite, and
 *   goes when workerd is stopped; `workers` further workers, each of `{ modules, bindings }`.
 *
 * Answers `{ origin, log, stop }`.
 *
 * @param {Worker & { port?: number }} options
 */
export async function startWorkerd({ port = 0, ...worker }) {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-workerd-"));
  writeFileSync(join(folder, "config.capnp"), configuration(worker, folder, port));

  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  let workerd;
  try {
    workerd = await runWorkerd([join(folder, "config.capnp")], ["http"]);
  } catch (error) {
    removeFolder();
    throw error;
  }
  return {
    origin: `http://127.0.0.1:${workerd.ports.http}`,
    log: workerd.log,
    stop: () => workerd.stop().then(removeFolder),
  };
}

/**
 * Runs workerd with a configuration: its file, and where that has several, the name of one; `env` is what it may read.
 * Answers `{ pid, ports, log, stop }` as soon as it listens at all of `socketNames`: `ports` by those, `log()` what it
 * and its workers have said so far.
 *
 * @param {string[]} configuration
 * @param {string[]} socketNames
 */
export async function runWorkerd(configuration, socketNames, env = process.env) {
  // The package's main export is the path of its program. On descriptor 3 it tells the ports that it got.
  const child = spawn(require("workerd").default, ["serve", ...configuration, "--control-fd=3"], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env,
  });
  let log = "";
  const [, stdout, stderr, control] = child.stdio;
  if (!(stdout && stderr && control instanceof Readable)) throw new Error("workerd has no pipes");
  for (const stream of [stdout, stderr]) stream.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => child.once("close", resolve));
  /** @type {Record<string, number>} */
  const ports = {};
  await Promise.race([
    new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      createInterface(control).on("line", (line) => {
        const { event, socket, port } = JSON.parse(line);
        if (event === "listen") ports[socket] = port;
        if (socketNames.every((name) => name in ports)) resolve();
      });
    }),
    new Promise((_, reject) => child.once("error", reject)),
    ended.then(() => Promise.reject(endedAtOnce(log))),
  ]);
  const stop = () => {
    // Asked politely, it would wait for requests that hang.
    child.kill("SIGKILL");
    return ended;
  };
  return { pid: child.pid, ports, log: () => log, stop };
}

/** @param {string} log */
function endedAtOnce(log) {
  const error = new Error(`workerd ended at once:\n${log}`);
  return /Address already in use/i.test(log) ? Object.assign(error, { code: "EADDRINUSE" }) : error;
}

/**
 * Cap'n Proto's text form. Embedded files must lie beside it, in `folder`.
 *
 * @param {Worker} worker
 * @param {string} folder
 * @param {number} port
 */
function configuration(
  {
    compatibilityDate,
    compatibilityFlags = [],
    modules,
    bindings = {},
    services = {},
    durableObjects = {},
    workers = {},
  },
  folder,
  port,
) {
  /** @type {(entries: Record<string, unknown>, text: (name: string, value: string) => string) => string[]} */
  const texts = (entries, text) =>
    Object.entries(entries).map(([name, value]) => text(JSON.stringify(name), JSON.stringify(value)));
  /** @type {(worker: string, modules: Record<string, string>) => string[]} */
  const embedded = (worker, modules) =>
    Object.entries(modules).map(([name, file], index) => {
      cpSync(file, join(folder, `${worker}-${index}`));
      return `(name = ${JSON.stringify(name)}, ${KINDS[extname(name)] ?? "esModule"} = embed "${worker}-${index}")`;
    });
  const boundTexts = (/** @type {Record<string, string>} */ bindings) =>
    texts(bindings, (name, text) => `(name = ${name}, text = ${text})`);
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
      compatibilityFlags = [${compatibilityFlags.map((flag) => JSON.stringify(flag)).join(", ")}],
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
