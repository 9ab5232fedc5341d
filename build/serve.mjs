// What `npm start` serves: the demo page, and on the same origin, where a site of yours would have its proxy, either an
// emulator behind HTTP or a proxy of the real API.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createProxy } from "rivya-wasm/edge";
import { createEmulator } from "rivya-wasm/emulator";
import { HEADERS, PROXY_PATH, handlersOf, page } from "../src/npm/cli/page.js";
import { readStatic } from "../src/npm/cli/static.js";
import { forwardToEmulator, serveEmulator, serveFetch } from "../src/npm/server.js";
import { root } from "./versions.mjs";

const www = join(root, "www");
const read = (/** @type {string} */ pathname) => readStatic(www, pathname);
/** The real API (contract, section 1). */
const API_URL = "https://rivya.ai/api/v1";
/** Whoever reaches this server. */
const CALLER = "demo";

/**
 * Serves on 127.0.0.1, on any free port by default. Answers `{ url, close }`; rejects with `EADDRINUSE` where the port
 * is taken.
 *
 * @param {{ port?: number }} [options]
 */
export async function startServer({ port = 0 } = {}) {
  const { origin, close } = await serveEmulator((publicUrl) => createEmulator({ publicUrl }), {
    port,
    handlers: handlersOf(read, forwardToEmulator),
  });
  return { url: `${origin}/`, close };
}

/**
 * The same before the real API, which is paid: `upstream` is where it is. The key stays in this process. Whoever
 * reaches this server is its one caller; Host and Origin, checked before, see to it that no other site's page does.
 * Answers `{ url, upstream, close }`.
 *
 * @param {{ apiKey: string, upstream?: string, port?: number }} options
 */
export async function startPaidServer({ apiKey, upstream = API_URL, port = 0 }) {
  const proxy = createProxy({
    apiKey,
    upstream,
    basePath: PROXY_PATH,
    // Ids that a page holds are worth nothing after a restart.
    signingKey: randomBytes(32).toString("base64url"),
    authorize: () => ({ id: CALLER, credits: true }),
  });
  const note = `Real API (${new URL(upstream).host}), pictures cost credits: proxy`;
  const handler = async (/** @type {Request} */ request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`${PROXY_PATH}/`)) return proxy.fetch(request);
    return (
      (await page(read, request, note)) ??
      new Response("There is no such page.", { status: 404, headers: { ...HEADERS, "Content-Type": "text/plain" } })
    );
  };
  const { origin, close } = await serveFetch(() => handler, { port });
  return { url: `${origin}/`, upstream, close };
}
