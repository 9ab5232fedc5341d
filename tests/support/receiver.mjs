import { once } from "node:events";
import { createServer } from "node:http";

/**
 * An HTTP server on loopback that keeps what it is sent. `answer(delivery, response)` ends the response; by default
 * with 204. Answers `{ url, deliveries, next(), close() }`: `next()` waits for the next delivery that was not asked for
 * yet: `{ method, path, headers, body, atMs }`.
 */
export async function startReceiver(answer = (_delivery, response) => response.writeHead(204).end()) {
  const deliveries = [];
  const waiting = [];
  let asked = 0;
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const { method, url: path, headers } = request;
    const delivery = { method, path, headers, body: Buffer.concat(pieces), atMs: performance.now() };
    deliveries.push(delivery);
    waiting.shift()?.();
    await answer(delivery, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/hooks/rivya`,
    deliveries,
    async next() {
      const place = asked;
      asked += 1;
      while (deliveries.length <= place) await new Promise((resolve) => waiting.push(resolve));
      return deliveries[place];
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
