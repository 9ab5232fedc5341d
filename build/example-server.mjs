// What `npm run example` starts: the Worker of examples/worker in workerd, with its page, and an emulator of the API
// behind it.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serveEmulator } from "../src/npm/server.js";
import { serveStatic } from "./static-server.mjs";
import { captured, root } from "./versions.mjs";
import { startWorkerd } from "./workerd.mjs";

const example = join(root, "examples/worker");
const dist = join(root, "dist");

/** The date that the example asks for. */
export const [, compatibilityDate] = captured(
  /^compatibility_date = "([\d-]+)"$/m,
  readFileSync(join(example, "wrangler.toml"), "utf8"),
  "examples/worker/wrangler.toml",
);

/** As wrangler would bundle them. */
const MODULES = {
  "worker.js": join(example, "worker.js"),
  "session.js": join(example, "session.js"),
  "budget.js": join(example, "budget.js"),
  "rivya-wasm/edge": join(dist, "edge.workerd.js"),
  "rivya-wasm/edge.wasm": join(dist, "edge.wasm"),
};

/**
 * Serves on 127.0.0.1, on any free port by default; rejects with `EADDRINUSE` where the port is taken. `emulator` are
 * the emulator's options. Answers the site's `origin`, the `emulator`, the `secrets` that the Worker was given, its
 * `log`, and `stop`.
 *
 * @param {{ port?: number, emulator?: import("rivya-wasm/emulator").EmulatorOptions }} [options]
 */
export async function startExample({ port = 0, emulator: options } = {}) {
  // Imported late: the build makes it.
  const { createEmulator } = await import("rivya-wasm/emulator");
  const api = await serveEmulator((publicUrl) => createEmulator({ ...options, publicUrl }));
  const page = await serveStatic({
    folders: { "/": join(example, "public") },
    pages: { "/rivya-wasm.js": readFileSync(join(dist, "index.browser.js")) },
  });
  const closeServers = () => Promise.all([api.close(), page.close()]);
  const secrets = {
    RIVYA_API_KEY: api.emulator.options.apiKey,
    SIGNING_KEY: randomBytes(32).toString("base64"),
    WEBHOOK_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
  };
  try {
    const workerd = await startWorkerd({
      port,
      compatibilityDate,
      modules: MODULES,
      bindings: { ...secrets, RIVYA_UPSTREAM: `${api.origin}/api/v1` },
      services: { ASSETS: page.origin },
      durableObjects: { BUDGET: "RivyaBudget" },
    });
    const stop = async () => {
      await workerd.stop();
      await closeServers();
    };
    return { origin: workerd.origin, emulator: api.emulator, secrets, log: workerd.log, stop };
  } catch (error) {
    await closeServers();
    throw error;
  }
}
