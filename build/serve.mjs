// What `npm start` serves: the demo page, and on the same origin, where a site of yours would have its proxy, either an emulator behind HTTP or a
// proxy of the real API.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createProxy } from "rivya-wasm/edge";
import { createEmulator } from "rivya-wasm/emulator";
import { forwardToEmulator, serveEmulator, serveFetch } from "../dist/server.js";
import { readStatic } from "./static.mjs";
import { root } from "./versions.mjs";

const www = join(root, "www");
/** Where a page expects its proxy: the client's default. */
const PROXY_PATH = "/api/rivya";
/** The real API (contract, section 1). */
const API_URL = "https://rivya.ai/api/v1";
/** Whoever reaches this server. */
const CALLER = "demo";
const IN_PAGE = '<meta name="rivya-api" content="emulator" />';
const HEADERS = { "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff" };

/** Serves on 127.0.0.1, on any free port by default. Answers `{ url, close }`; rejects with `EADDRINUSE` where the port is taken. */
export async function startServer({ port = 0 } = {}) {
  const handlers = [refuseForeignPosts, forwardToEmulator(PROXY_PATH), emulatorsPage];
  const { origin, close } = await serveEmulator((publicUrl) => createEmulator({ publicUrl }), { port, handlers });
  return { url: `${origin}/`, close };
}

/**
 * The same before the real API, which is paid: `upstream` is where it is. The key stays in this process. Whoever reaches this server is its one
 * caller; Host and Origin, checked before, see to it that no other site's page does. Answers `{ url, upstream, close }`.
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
  // The rules are made at the first use: what they don't take is told now, not to the first request.
  await proxy.bindId("task", "task", CALLER);
  const note = `Real API (${new URL(upstream).host}), pictures cost credits: proxy`;
  const handler = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`${PROXY_PATH}/`)) return proxy.fetch(request);
    return (await page(request, note)) ?? new Response("There is no such page.", { status: 404, headers: { ...HEADERS, "Content-Type": "text/plain" } });
  };
  const { origin, close } = await serveFetch(() => handler, { port });
  return { url: `${origin}/`, upstream, close };
}

/** A form on another site can send a POST here, but no header of its own. */
function refuseForeignPosts({ method, url, headers }) {
  if (method !== "POST" || !new URL(url).pathname.startsWith(`${PROXY_PATH}/`) || headers.has("X-Rivya-Client")) return undefined;
  const error = { code: "forbidden", message: "A POST needs the header X-Rivya-Client, which the client sends.", requestId: null };
  return Response.json({ error }, { status: 403 });
}

/** The page before an emulator. Results have the emulator's own origin, and the page's policy admits none but its own: both must be the same. */
async function emulatorsPage(request, emulator) {
  const response = await page(request, "Emulator over HTTP");
  if (!response?.headers.get("Content-Type").startsWith("text/html")) return response;
  const { hostname, pathname } = new URL(request.url);
  const home = new URL(pathname, emulator.options.baseUrl);
  return hostname === home.hostname ? response : Response.redirect(home, 307);
}

/** A file of the page; undefined for what is none. `note` tells its reader what answers. */
async function page({ method, url }, note) {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const found = await readStatic(www, new URL(url).pathname);
  if (found === null) return undefined;
  const { bytes, mimeType } = found;
  if (!mimeType.startsWith("text/html")) return answer(bytes, mimeType);
  const html = overHttp(bytes.toString("utf8"), note);
  return answer(html, mimeType, { "Content-Security-Policy": policyOf(html) });
}

const answer = (body, mimeType, headers) => new Response(body, { headers: { ...HEADERS, "Content-Type": mimeType, ...headers } });

/** `note` stands in an attribute: a host's name and words of ours hold nothing that would end it. */
function overHttp(html, note) {
  if (!html.includes(IN_PAGE)) throw new Error(`www/index.html has lost its line: ${IN_PAGE}`);
  return html.replace(IN_PAGE, `<meta name="rivya-api" content="${PROXY_PATH}" data-note="${note}" />`);
}

/** The page's own policy, and what only a header can say. */
function policyOf(html) {
  const [, policy] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html);
  return `${policy}; frame-ancestors 'none'`;
}
