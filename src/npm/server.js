// Fetch handlers behind a real HTTP server, on loopback only: an emulator, or anything else.
import { createServer } from "node:http";
import { setImmediate } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { listen } from "./listen.js";

/**
 * @typedef {import("rivya-wasm/emulator").Emulator} Emulator
 * @typedef {import("node:http").ServerResponse | import("node:http2").Http2ServerResponse} ServerResponse
 * @typedef {(request: Request) => Promise<Response>} Handler
 * @typedef {Response | undefined} Answer
 * @typedef {(request: Request, emulator: Emulator) => Answer | Promise<Answer>} FirstHandler
 */

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];
/** Tells the adapter that the socket is no longer its business. */
const ALREADY_SENT = { "x-hono-already-sent": "true" };

/**
 * Listens, then asks for the emulator: its `publicUrl` has to be the origin, which port 0 leaves open until then.
 * `handlers` are asked before the emulator is.
 *
 * @param {Emulator | ((origin: string) => Emulator | Promise<Emulator>)} emulator
 * @param {{ port?: number, handlers?: FirstHandler[] }} [options]
 */
export async function serveEmulator(emulator, { port = 0, handlers = [] } = {}) {
  const { made, ...server } = await serve(async (origin) => {
    const made = await (typeof emulator === "function" ? emulator(origin) : emulator);
    const handler = async (/** @type {Request} */ request) => {
      for (const first of handlers) {
        const response = await first(request, made);
        if (response) return response;
      }
      return made.fetch(request);
    };
    return { made, handler };
  }, port);
  return { ...server, emulator: made };
}

/**
 * Listens, then asks for the handler of its requests. Where that rejects, the connection is lost: that is how an
 * emulator drops one, and how an aborted request ends.
 *
 * @param {(origin: string) => Handler | Promise<Handler>} handlerAt
 * @param {{ port?: number }} [options]
 */
export async function serveFetch(handlerAt, { port = 0 } = {}) {
  const { made, ...server } = await serve(async (origin) => ({ made: null, handler: await handlerAt(origin) }), port);
  return server;
}

/**
 * @template T
 * @param {(origin: string) => Promise<{ made: T, handler: Handler }>} makeAt
 * @param {number} givenPort
 */
async function serve(makeAt, givenPort) {
  /** @type {(request: Request, outgoing: ServerResponse) => Promise<Response>} */
  let answer;
  const listener = getRequestListener((request, { outgoing }) => answer(request, outgoing), {
    overrideGlobalObjects: false,
  });
  const server = createServer((incoming, outgoing) => {
    const refusal = refuse(incoming.headers, incoming.socket.localPort);
    if (refusal) {
      outgoing.writeHead(403, { "Content-Type": "application/json" });
      outgoing.end(JSON.stringify({ error: { code: "forbidden", message: refusal, requestId: null } }));
    } else {
      void listener(incoming, outgoing);
    }
  });
  const { origin, port } = await listen(server, givenPort);
  const ready = makeAt(origin);
  answer = async (request, outgoing) => {
    const native = nativeRequest(request);
    try {
      const { handler } = await ready;
      return breakable(await handler(native), outgoing);
    } catch {
      outgoing.destroy();
      return new Response(null, { headers: ALREADY_SENT });
    }
  };
  /** @type {() => Promise<void>} */
  const close = () =>
    new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  try {
    const { made } = await ready;
    return { made, origin, port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Stands in for a proxy on your own server: what is asked below `from` goes to the API with the emulator's key.
 *
 * @returns {FirstHandler}
 */
export function forwardToEmulator(from = "/api/rivya") {
  return (request, emulator) => {
    const url = new URL(request.url);
    if (!url.pathname.startsWith(`${from}/`)) return undefined;
    url.pathname = `/api/v1${url.pathname.slice(from.length)}`;
    const forwarded = new Request(url, request);
    forwarded.headers.set("Authorization", `Bearer ${emulator.options.apiKey}`);
    return emulator.fetch(forwarded);
  };
}

/**
 * A page elsewhere must not reach it by a name that resolves here (DNS rebinding), nor across origins.
 *
 * @param {import("node:http").IncomingHttpHeaders} headers
 * @param {number | undefined} port
 */
function refuse(headers, port) {
  const names = LOOPBACK_NAMES.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  if (!names.includes(headers.host?.toLowerCase() ?? "")) return "Host: must be this server's own loopback address.";
  if (headers.origin === undefined) return null;
  const origin = URL.canParse(headers.origin) ? new URL(headers.origin) : null;
  return LOOPBACK_NAMES.includes(origin?.hostname ?? "") ? null : "Origin: must be a loopback address.";
}

/**
 * The adapter's request only looks like one; handlers may want to build on it with `new Request(url, request)`.
 *
 * @param {Request} request
 */
function nativeRequest(request) {
  const { method, headers, signal } = request;
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(request.url, {
    method,
    headers,
    signal,
    ...(hasBody && request.body ? { body: request.body, duplex: "half" } : {}),
  });
}

/**
 * A body that fails half way must be a cut connection, its first half sent: the adapter would answer a fast failure
 * with a 500 of its own.
 *
 * @param {Response} response
 * @param {ServerResponse} outgoing
 */
function breakable(response, outgoing) {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          while (!outgoing.headersSent && !outgoing.destroyed) await setImmediate();
          outgoing.socket?.destroySoon();
          controller.close();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
