// The processes of the bench: the upstream and workerd.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { runWorkerd } from "../../build/workerd.mjs";

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

/**
 * Starts workerd with one of the configurations of `workerd.capnp`. Answers `{ pid, ports, log, stop }`, `ports` by
 * their sockets' names.
 */
export const startWorkerd = (configuration, socketNames, UPSTREAM) =>
  runWorkerd([path("workerd.capnp"), configuration], socketNames, { UPSTREAM });
