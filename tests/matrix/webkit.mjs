/** WebKitGTK, by plain WebDriver: playwright drives only a WebKit of its own making. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setUpWebKit } from "../../build/browser.mjs";
import { until } from "../support/until.mjs";

/** A page that has shown nothing by then hangs. */
const LIMIT_MS = 60_000;

/** A WebKitGTK with a display of its own; null where it is missing. Answers `{ version, readPage, close }`. */
export async function launchWebKit() {
  const programs = await setUpWebKit();
  if (programs === null) return null;
  const children = [];
  const close = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "close");
      child.kill();
      await ended;
    }
  };
  const start = (program, args, options) => {
    const child = spawn(program, args, options);
    children.push(child);
    return child;
  };
  try {
    // It takes a free number, and tells it on descriptor 3.
    const display = start(programs.display, ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const [number] = await once(createInterface(display.stdio[3]), "line");
    const port = await freePort();
    start(programs.driver, ["--host=127.0.0.1", `--port=${port}`], {
      stdio: "ignore",
      env: { ...process.env, DISPLAY: `:${number}` },
    });
    const origin = `http://127.0.0.1:${port}`;
    await until(() => ask(origin, "GET", "/status").catch(() => null), { what: "WebKitWebDriver listens" });
    const { sessionId, capabilities } = await ask(origin, "POST", "/session", {
      capabilities: { alwaysMatch: { timeouts: { script: LIMIT_MS } } },
    });
    const session = (path, body) => ask(origin, "POST", `/session/${sessionId}${path}`, body);
    return {
      version: capabilities.browserVersion,
      /** Opens a page; answers what it showed. */
      async readPage(url) {
        await session("/url", { url });
        return {
          told: JSON.parse(await session("/execute/async", { script: `(${whenShown})(arguments[0])`, args: [] })),
          complaints: [],
        };
      },
      async close() {
        await ask(origin, "DELETE", `/session/${sessionId}`);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs in the page. */
function whenShown(done) {
  const output = document.querySelector("output");
  if (output.textContent !== "") return done(output.textContent);
  new MutationObserver(() => done(output.textContent)).observe(output, {
    childList: true,
    characterData: true,
    subtree: true,
  });
}

/** The driver can't choose one itself. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function ask(origin, method, path, body) {
  const response = await fetch(`${origin}${path}`, { method, body: JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver, ${path}: ${value.error}: ${value.message}`);
  return value;
}
