import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

/**
 * Serves folders and made-up pages on 127.0.0.1. `folders` maps the start of a path (`"/dist/"`) to a folder, `pages` a whole path to what
 * it answers: a string or a Buffer, its type by the path's ending (HTML without one). `headers` go with every answer. Answers `{ origin, close }`.
 */
export async function serveStatic({ folders = {}, pages = {}, headers = {} }) {
  const server = createServer((request, response) => {
    answer(request, response, { folders, pages, headers }).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function answer(request, response, { folders, pages, headers }) {
  const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  const head = { ...headers, "Content-Type": TYPES[extname(path)] ?? TYPES[".html"], "Cache-Control": "no-store" };
  if (Object.hasOwn(pages, path)) {
    response.writeHead(200, head).end(pages[path]);
    return;
  }
  const start = Object.keys(folders).find((prefix) => path.startsWith(prefix));
  const file = start && fileWithin(folders[start], path.slice(start.length));
  const found = file && (await stat(file).catch(() => null));
  if (!found?.isFile()) {
    response.writeHead(404, { ...head, "Content-Type": "text/plain" }).end(`nothing at ${path}`);
    return;
  }
  response.writeHead(200, { ...head, "Content-Length": found.size });
  await pipeline(createReadStream(file), response);
}

function fileWithin(folder, path) {
  const file = normalize(join(folder, path));
  return file.startsWith(normalize(folder + sep)) ? file : null;
}
