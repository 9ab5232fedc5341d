// The demo page as a server answers it, in the package's command and in `npm start`: it is told where its API is, and
// comes with its own policy.

/**
 * @typedef {(pathname: string) => ReturnType<typeof import("./static.js").readStatic>} Read Finds a file of the page.
 * @typedef {import("../server.js").FirstHandler} FirstHandler
 */

/** Where a page expects its proxy: the client's default. */
export const PROXY_PATH = "/api/rivya";
export const HEADERS = {
  "Cache-Control": "no-cache",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};
const IN_PAGE = '<meta name="rivya-api" content="emulator" />';

/**
 * What `serveEmulator` asks first, for the page to be on one origin with the emulator. `read(pathname)` answers as
 * `readStatic` does.
 *
 * @param {Read} read
 * @param {typeof import("../server.js").forwardToEmulator} forward
 * @returns {FirstHandler[]}
 */
export const handlersOf = (read, forward) => [
  refuseForeignPosts,
  forward(PROXY_PATH),
  (request, emulator) => emulatorsPage(read, request, emulator),
];

/**
 * A form on another site can send a POST here, but no header of its own.
 *
 * @param {Request} request
 */
function refuseForeignPosts({ method, url, headers }) {
  if (method !== "POST" || !new URL(url).pathname.startsWith(`${PROXY_PATH}/`) || headers.has("X-Rivya-Client"))
    return undefined;
  const error = {
    code: "forbidden",
    message: "A POST needs the header X-Rivya-Client, which the client sends.",
    requestId: null,
  };
  return Response.json({ error }, { status: 403 });
}

/**
 * The page before an emulator. Results have the emulator's own origin, and the page's policy admits none but its own:
 * both must be the same.
 *
 * @param {Read} read
 * @param {Request} request
 * @param {import("rivya-wasm/emulator").Emulator} emulator
 */
async function emulatorsPage(read, request, emulator) {
  const response = await page(read, request, "Emulator over HTTP");
  if (!response?.headers.get("Content-Type")?.startsWith("text/html")) return response;
  const { hostname, pathname } = new URL(request.url);
  const home = new URL(pathname, emulator.options.baseUrl);
  return hostname === home.hostname ? response : Response.redirect(home, 307);
}

/**
 * A file of the page; undefined for what is none. `note` tells its reader what answers.
 *
 * @param {Read} read
 * @param {Request} request
 * @param {string} note
 */
export async function page(read, { method, url }, note) {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const found = await read(new URL(url).pathname);
  if (found === null) return undefined;
  const { bytes, mimeType } = found;
  if (!mimeType.startsWith("text/html")) return answer(bytes, mimeType);
  const html = overHttp(bytes.toString("utf8"), note);
  return answer(html, mimeType, { "Content-Security-Policy": policyOf(html) });
}

/** @type {(body: BodyInit, mimeType: string, headers?: Record<string, string>) => Response} */
const answer = (body, mimeType, headers) =>
  new Response(body, { headers: { ...HEADERS, "Content-Type": mimeType, ...headers } });

/**
 * `note` stands in an attribute: a host's name and words of ours hold nothing that would end it.
 *
 * @param {string} html
 * @param {string} note
 */
function overHttp(html, note) {
  if (!html.includes(IN_PAGE)) throw new Error(`www/index.html has lost its line: ${IN_PAGE}`);
  return html.replace(IN_PAGE, `<meta name="rivya-api" content="${PROXY_PATH}" data-note="${note}" />`);
}

/**
 * The page's own policy, and what only a header can say.
 *
 * @param {string} html
 */
function policyOf(html) {
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
  if (policy === undefined) throw new Error("www/index.html has lost its Content-Security-Policy");
  return `${policy}; frame-ancestors 'none'`;
}
