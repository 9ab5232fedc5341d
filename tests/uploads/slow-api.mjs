/**
 * An API behind real HTTP on a slow line: it reads uploads no faster than `bytesPerSecond`, so that they can be seen
 * going; loopback takes megabytes at once. `behave(number)` decides what becomes of an upload: undefined, or `{ status,
 * headers, body, isEarly, readsAfter, blankBytes }`: an early answer comes before the body is read, none of the body is
 * read before the promise `readsAfter`, and an answer of blanks has so many. `uploads` tells what came, and how much of
 * such an answer has gone.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { Readable, pipeline } from "node:stream";
import { setTimeout } from "node:timers/promises";

const BASE = "/api/rivya";
const BYTES_PER_SECOND = 20_000_000;
const ANSWER_BYTES_PER_SECOND = 50_000_000;
const TASK = {
  id: "task_1",
  status: "succeeded",
  model: "nano-banana-2",
  reserved_credits: 5,
  final_credits: 5,
  error: null,
};
const RESULT = { primary_url: "https://cdn.invalid/r", urls: ["https://cdn.invalid/r"] };

/** An answer of blanks alone, which JSON may begin with. */
function sendBlanks(response, bytes, upload) {
  const piece = Buffer.alloc(1_000_000, " ");
  upload.answerBytes = 0;
  const blanks = async function* () {
    for (; upload.answerBytes < bytes; upload.answerBytes += piece.length) {
      // As fast as a good line, so that a browser has time for anything else.
      await setTimeout((piece.length / ANSWER_BYTES_PER_SECOND) * 1_000);
      yield piece;
    }
  };
  response.writeHead(201, { "Content-Type": "application/json" });
  pipeline(Readable.from(blanks()), response, () => (upload.isAnswered = true));
}

export async function startSlowApi(pages = {}) {
  const uploads = [];
  const api = { uploads, behave: () => undefined, bytesPerSecond: BYTES_PER_SECOND };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const json = (status, body, headers) =>
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
    if (pathname === `${BASE}/generations`) {
      await request.resume().toArray();
      return json(201, { ...TASK, result: RESULT });
    }
    if (pathname === `${BASE}/files`) {
      const upload = { headers: request.headers, bytes: 0 };
      uploads.push(upload);
      const special = api.behave(uploads.length - 1, request);
      if (special?.isEarly) {
        // The body is received all the same: a connection that is closed on it may take the answer with it.
        request.resume();
        return json(special.status, special.body, special.headers);
      }
      try {
        await special?.readsAfter;
        for await (const piece of request) {
          upload.bytes += piece.length;
          upload.start ??= piece.toString("latin1", 0, 200);
          await setTimeout((piece.length / api.bytesPerSecond) * 1_000);
        }
      } catch {
        upload.isCut = true;
        return undefined;
      }
      if (special?.blankBytes !== undefined) return sendBlanks(response, special.blankBytes, upload);
      if (special?.status !== undefined) return json(special.status, special.body ?? {}, special.headers);
      return json(201, { id: `file_${uploads.length}`, url: `https://cdn.invalid/${uploads.length}`, kind: "image" });
    }
    const page = pages[pathname];
    return page ? response.writeHead(200, { "Content-Type": page.type }).end(page.body) : json(404, {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return Object.assign(api, { origin, baseUrl: origin + BASE, close });
}
