// WebKitGTK, the nearest to Safari that Linux has, over plain WebDriver. It draws on a display: Xvfb is one that nobody sees.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installed } from "../../build/browser.mjs";
import { serveStatic } from "../../build/static-server.mjs";
import { until } from "../support/until.mjs";
import { DONE, MAIN, SOURCE, page } from "./project.mjs";

const DRIVER = "/usr/bin/WebKitWebDriver";
const BROWSER = `/usr/lib/${{ x64: "x86_64", arm64: "aarch64" }[process.arch]}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;
const JOURNEY = "const done = arguments[arguments.length - 1]; globalThis.journey().then(done, (error) => done(String(error)));";
const imports = { "rivya-wasm": "/node_modules/rivya-wasm/dist/index.browser.js", "rivya-wasm/emulator": "/node_modules/rivya-wasm/dist/emulator.browser.js" };
const PAGE = page(`<script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="/main.js"></script>`);

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Answers `{ travels(project), close }`, the former the browser's version. Installs what is missing where that is possible without asking anybody. */
export async function startWebKit() {
  if (!existsSync(DRIVER) || !existsSync("/usr/bin/Xvfb")) await installed(["webkit2gtk-driver", "xvfb"]);
  const display = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x800x24"], { stdio: ["ignore", "pipe", "ignore"] });
  const [number] = await once(createInterface(display.stdout), "line");
  const port = await freePort();
  const driver = spawn(DRIVER, [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: `:${number}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" } });
  const ask = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error} ${value.message}`);
    return value;
  };
  await until(() => ask("GET", "/status").catch(() => null), { what: "the driver answers" });

  async function travels(project) {
    const folder = project("webkit", { "index.html": PAGE, "main.js": MAIN, "journey.js": SOURCE });
    const server = await serveStatic({ folders: { "/": folder }, pages: { "/": readFileSync(join(folder, "index.html")) } });
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary: BROWSER, args: ["--automation"] } } };
    const { sessionId, capabilities: told } = await ask("POST", "/session", { capabilities });
    try {
      await ask("POST", `/session/${sessionId}/timeouts`, { script: 60_000 });
      await ask("POST", `/session/${sessionId}/url`, { url: server.url });
      await until(() => ask("POST", `/session/${sessionId}/execute/sync`, { script: "return globalThis.journey !== undefined", args: [] }), { what: "the page is ready" });
      assert.deepEqual(await ask("POST", `/session/${sessionId}/execute/async`, { script: JOURNEY, args: [] }), DONE);
      return told.browserVersion;
    } finally {
      await ask("DELETE", `/session/${sessionId}`);
      await server.close();
    }
  }
  const close = () => {
    driver.kill();
    display.kill();
  };
  return { travels, close };
}
