// What all clients of the bench talk to, in a process of its own: it serves the pages that it is sent at the start,
// from the same origin as the APIs, so that no preflight is in any figure; takes uploads and forgets them; and counts
// what it is asked for, for a bench whose client called nothing would be the fastest of all.

import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { mimeTypeOf } from "../../src/npm/cli/static.js";

const SELF = fileURLToPath(import.meta.url);

/** Each client's answer to its small call and to its upload, by its own paths. */
const ANSWERS = {
  credits: { current_credits: 100 },
  proxy: { status: "IN_QUEUE", request_id: "bench", response_url: "https://results.example/bench", queue_position: 1 },
  predictions: {
    id: "bench",
    status: "processing",
    input: {},
    output: null,
    urls: { get: "https://results.example/bench" },
  },
  models: { id: "bench", object: "model", created: 1_760_000_000, owned_by: "bench" },
  files: {
    id: "file_bench",
    object: "file",
    kind: "image",
    url: "https://results.example/bench.png",
    bytes: 1,
    purpose: "vision",
  },
};
const bodies = Object.fromEntries(
  Object.entries(ANSWERS).map(([kind, json]) => [kind, Buffer.from(JSON.stringify(json))]),
);

// Cross-origin isolation gives a page a clock of 5 µs instead of 100. Nothing is cached: each page pays for its own
// start.
const PAGE_HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cache-Control": "no-store",
};

/**
 * `pages`: path → a string or a Buffer. Answers `{ origin, counts, stop }`; `counts()` is path with query → how often
 * it was asked for.
 */
export async function startServer(pages) {
  const child = fork(SELF, { serialization: "advanced" });
  child.send({ pages });
  const [{ origin }] = await once(child, "message");
  const counts = async () => {
    const answer = once(child, "message");
    child.send({ wantsCounts: true });
    return (await answer)[0].counts;
  };
  const stop = async () => {
    const closed = once(child, "close");
    child.kill();
    await closed;
  };
  return { origin, counts, stop };
}

async function serve(pages) {
  const counts = new Map();
  const send = (response, status, type, bytes) => {
    response.writeHead(status, { ...PAGE_HEADERS, "Content-Type": type, "Content-Length": bytes.length });
    response.end(bytes);
  };
  const server = createServer((request, response) => {
    const [path] = request.url.split("?");
    const page = pages.get(path);
    if (page !== undefined) return send(response, 200, mimeTypeOf(extname(path) ? path : "page.html"), page);
    // `/api/<client>/<kind>/…`
    const body = bodies[path.split("/")[3]];
    if (body === undefined) return send(response, 404, "text/plain", Buffer.from(`nothing at ${path}`));
    counts.set(request.url, (counts.get(request.url) ?? 0) + 1);
    // Answered when all of it is there: an upload ends with its last byte.
    request.on("end", () => send(response, 200, "application/json", body));
    return request.resume();
  });
  // Idle connections stay: who has to connect again would be slower than the one before.
  server.keepAliveTimeout = 600_000;
  process.on("message", ({ wantsCounts }) => {
    if (wantsCounts) process.send({ counts });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send({ origin: `http://127.0.0.1:${server.address().port}` });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.once("disconnect", () => process.exit());
  const [{ pages }] = await once(process, "message");
  await serve(new Map([...pages].map(([path, content]) => [path, Buffer.from(content)])));
}
