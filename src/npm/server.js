// Fetch handlers behind a real HTTP server, on loopback only: an emulator, or anything else.
import { createServer } from "node:http";
import { setImmediate } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];
const HOSTNAME = "127.0.0.1";
/** Tells the adapter that the socket is no longer its business. */
const ALREADY_SENT = { "x-hono-already-sent": "true" };

/**
 * Listens, then asks for the emulator: its `publicUrl` has to be the origin, which port 0 leaves open until then.
 *
 * @param {Emulator | ((origin: string) => Emulator | Promise<Emulator>)} emulator
 * @param {{ port?: number, handlers?: ((request: Request, emulator: Emulator) => Response | undefined |
 *   Promise<Response | undefined>)[] }} options
 */
export async function serveEmulator(emulator, { port, handlers = [] } = {}) {
  let served;
  const server = await serveFetch(
    async (origin) => {
      served = await (typeof emulator === "function" ? emulator(origin) : emulator);
      return async (request) => {
        for (const handler of handlers) {
          const response = await handler(request, served);
          if (response) return response;
        }
        return served.fetch(request);
      };
    },
    { port },
  );
  return { ...server, emulator: served };
}

/**
 * Listens, then asks for the handler of its requests. Where that rejects, the connection is lost: that is how an
 * emulator drops one, and how an aborted request ends.
 *
 * @param {(origin: string) => ((request: Request) => Promise<Response>) | Promise<(request: Request) => Promise<Response>>} handlerAt
 * @param {{ port?: number }} options
 */
export async function serveFetch(handlerAt, { port = 0 } = {}) {
  let answer;
  const listener = getRequestListener((request, { outgoing }) => answer(request, outgoing), {
    overrideGlobalObjects: false,
  });
  const server = createServer((incoming, outgoing) => {
    const refusal = refuse(incoming.headers, server.address()?.port);
    if (refusal) {
      outgoing.writeHead(403, { "Content-Type": "application/json" });
      outgoing.end(JSON.stringify({ error: { code: "forbidden", message: refusal, requestId: null } }));
    } else {
      void listener(incoming, outgoing);
    }
  });
  await listen(server, port);
  const origin = `http://${HOSTNAME}:${server.address().port}`;
  const ready = Promise.resolve(origin).then(handlerAt);
  answer = async (request, outgoing) => {
    const native = nativeRequest(request);
    try {
      const handler = await ready;
      return breakable(await handler(native), outgoing);
    } catch {
      outgoing.destroy();
      return new Response(null, { headers: ALREADY_SENT });
    }
  };
  const close = () =>
    new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  try {
    await ready;
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, port: server.address().port, close };
}

/**
 * Stands in for a proxy on your own server: what is asked below `from` goes to the API with the emulator's key.
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

/** A page elsewhere must not reach it by a name that resolves here (DNS rebinding), nor across origins. */
function refuse(headers, port) {
  const names = LOOPBACK_NAMES.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  if (!names.includes(headers.host?.toLowerCase())) return "Host: must be this server's own loopback address.";
  if (headers.origin === undefined) return null;
  const origin = URL.canParse(headers.origin) ? new URL(headers.origin) : null;
  return LOOPBACK_NAMES.includes(origin?.hostname) ? null : "Origin: must be a loopback address.";
}

/** The adapter's request only looks like one; handlers may want to build on it with `new Request(url, request)`. */
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

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOSTNAME, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
