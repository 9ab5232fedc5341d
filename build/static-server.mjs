import { createServer } from "node:http";
import { extname } from "node:path";
import { listen } from "../src/npm/listen.js";
import { mimeTypeOf, readStatic } from "../src/npm/cli/static.js";

/**
 * Serves folders and made-up pages on 127.0.0.1, as any static host would. `folders` maps the start of a path
 * (`"/dist/"`) to a folder, `pages` a whole path to what it answers: a string or a Buffer, its type by the path's
 * ending (HTML without one). `headers` go with every answer. Answers `{ origin, url, close }`.
 *
 * @param {object} served
 * @param {Record<string, string>} [served.folders]
 * @param {Record<string, string | Uint8Array>} [served.pages]
 * @param {Record<string, string>} [served.headers]
 */
export async function serveStatic({ folders = {}, pages = {}, headers = {} }) {
  const find = async (/** @type {string} */ path) => {
    if (Object.hasOwn(pages, path))
      return { bytes: pages[path], mimeType: mimeTypeOf(extname(path) ? path : "page.html") };
    const start = Object.keys(folders).find((prefix) => path.startsWith(prefix));
    return start === undefined ? null : readStatic(folders[start], path.slice(start.length - 1));
  };
  /** @type {(...given: Parameters<import("node:http").RequestListener>) => Promise<void>} */
  const answer = async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const { bytes, mimeType } = (await find(path)) ?? { bytes: null, mimeType: "text/plain" };
    response.writeHead(bytes === null ? 404 : 200, {
      ...headers,
      "Content-Type": mimeType,
      "Cache-Control": "no-store",
    });
    response.end(bytes ?? `nothing at ${path}`);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const { origin } = await listen(server, 0);
  /** @type {() => Promise<void>} */
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin, url: `${origin}/`, close };
}
