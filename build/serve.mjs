// What `npm start` serves: the demo page, and on the same origin an emulator behind HTTP where a site of yours would have its proxy.

import { join } from "node:path";
import { createEmulator } from "rivya-wasm/emulator";
import { forwardToEmulator, serveEmulator } from "../dist/server.js";
import { readStatic } from "./static.mjs";
import { root } from "./versions.mjs";

const www = join(root, "www");
/** Where a page expects its proxy: the client's default. */
const PROXY_PATH = "/api/rivya";
const IN_PAGE = '<meta name="rivya-api" content="emulator" />';
const OVER_HTTP = `<meta name="rivya-api" content="${PROXY_PATH}" data-note="Emulator over HTTP" />`;
const HEADERS = { "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff" };

/** Serves on 127.0.0.1, on any free port by default. Answers `{ url, close }`; rejects with `EADDRINUSE` where the port is taken. */
export async function startServer({ port = 0 } = {}) {
  const handlers = [refuseForeignPosts, forwardToEmulator(PROXY_PATH), page];
  const { origin, close } = await serveEmulator((publicUrl) => createEmulator({ publicUrl }), { port, handlers });
  return { url: `${origin}/`, close };
}

/** A form on another site can send a POST here, but no header of its own. */
function refuseForeignPosts({ method, url, headers }) {
  if (method !== "POST" || !new URL(url).pathname.startsWith(`${PROXY_PATH}/`) || headers.has("X-Rivya-Client")) return undefined;
  const error = { code: "forbidden", message: "A POST needs the header X-Rivya-Client, which the client sends.", requestId: null };
  return Response.json({ error }, { status: 403 });
}

/** A file of the page; what is none goes on to the emulator, which has results and uploads. */
async function page({ method, url }, emulator) {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const { hostname, pathname } = new URL(url);
  const found = await readStatic(www, pathname);
  if (found === null) return undefined;
  const { bytes, mimeType } = found;
  if (!mimeType.startsWith("text/html")) return answer(bytes, mimeType);
  // Results have the emulator's own origin, and the page's policy admits none but its own: both must be the same.
  const home = new URL(pathname, emulator.options.baseUrl);
  if (hostname !== home.hostname) return Response.redirect(home, 307);
  const html = overHttp(bytes.toString("utf8"));
  return answer(html, mimeType, { "Content-Security-Policy": policyOf(html) });
}

const answer = (body, mimeType, headers) => new Response(body, { headers: { ...HEADERS, "Content-Type": mimeType, ...headers } });

function overHttp(html) {
  if (!html.includes(IN_PAGE)) throw new Error(`www/index.html has lost its line: ${IN_PAGE}`);
  return html.replace(IN_PAGE, OVER_HTTP);
}

/** The page's own policy, and what only a header can say. */
function policyOf(html) {
  const [, policy] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html);
  return `${policy}; frame-ancestors 'none'`;
}
