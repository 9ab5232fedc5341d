// The processes of the bench: the upstream and workerd, and what the system says of the latter.

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = createRequire(import.meta.url)("workerd").default;
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Answers `{ url, stop }`. */
export async function startUpstream() {
  const child = fork(path("upstream.mjs"));
  const [url] = await once(child, "message");
  const stop = async () => {
    const closed = once(child, "close");
    child.kill();
    await closed;
  };
  return { url, stop };
}

/** Starts workerd with one of the configurations of `workerd.capnp`. Answers `{ pid, ports, log, stop }`, `ports` by their sockets' names. */
export async function startWorkerd(configuration, socketNames, UPSTREAM) {
  const child = spawn(program, ["serve", path("workerd.capnp"), configuration, "--control-fd=3"], { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { UPSTREAM } });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const ended = once(child, "close");
  const ports = {};
  const listening = new Promise((resolve) => {
    createInterface(child.stdio[3]).on("line", (line) => {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen") ports[socket] = port;
      if (socketNames.every((name) => name in ports)) resolve();
    });
  });
  await Promise.race([listening, ended.then(() => Promise.reject(new Error(`workerd ended at once:\n${log}`)))]);
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { pid: child.pid, ports, log: () => log, stop };
}
