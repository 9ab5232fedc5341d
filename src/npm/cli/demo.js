// `rivya-wasm demo`: the demo page, with the emulator on the same origin.
import { fileURLToPath } from "node:url";
import { forwardToEmulator, serveEmulator } from "../server.js";
import { untilStopped } from "./emulator.js";
import { handlersOf } from "./page.js";
import { USUAL_PORTS, firstFree } from "./ports.js";
import { readStatic } from "./static.js";
import { Failure, PORT_MAX, readOptions, whole } from "./usage.js";

/** @satisfies {import("node:util").ParseArgsOptionsConfig} */
const OPTIONS = { port: { type: "string" } };
/**
 * What the page loads that lies in the package under another name, as the build lays it out.
 *
 * @type {Record<string, string>}
 */
const ELSEWHERE = { "/vendor/rivya-wasm.js": "/index.browser.js", "/vendor/emulator.js": "/emulator.browser.js" };
const folder = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {string[]} args */
export async function runDemo(args) {
  const { values } = readOptions(args, OPTIONS);
  // As `npm start` does: the usual port or the next free one. One that was named is taken, or nothing.
  const ports = values.port === undefined ? USUAL_PORTS : [whole("port", values.port, PORT_MAX)];
  const { createEmulator } = await import("rivya-wasm/emulator");
  const handlers = handlersOf(read, forwardToEmulator);
  const served = await firstFree(ports, (port) =>
    serveEmulator((publicUrl) => createEmulator({ publicUrl }), { port, handlers }),
  );
  if (served === null) {
    const which = ports.length === 1 ? `Port ${ports[0]} is` : `Ports ${ports[0]} to ${ports.at(-1)} are`;
    throw new Failure(`${which} in use. Choose another with --port, or 0 for any free one.`);
  }
  console.log(
    `The demo page is at ${served.origin}/\nIt talks to an emulator of the API; nothing is paid. Ctrl+C ends it.`,
  );
  untilStopped(served);
}

const read = (/** @type {string} */ pathname) =>
  Object.hasOwn(ELSEWHERE, pathname)
    ? readStatic(folder("."), ELSEWHERE[pathname])
    : readStatic(folder("./demo"), pathname);
