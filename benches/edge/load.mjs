// Requests over connections that stay. Without an HTTP client: it would take more of the two cores than what is
// measured.

import { connect } from "node:net";

const HEAD_END = "\r\n\r\n";

/** The bytes of a request. */
export function requestOf(method, path, headers = {}, body) {
  const lines = Object.entries({ Host: "bench", ...headers, ...(body && { "Content-Length": body.length }) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return body ? Buffer.concat([head, body]) : head;
}

/** One connection to a port of 127.0.0.1; `send` answers `{ status, body }`, one request at a time. */
export async function connection(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let received = "";
  let waiting = null;
  const settle = (how, value) => {
    const settled = waiting?.[how];
    waiting = null;
    received = "";
    settled?.(value);
  };
  socket.setEncoding("latin1").on("data", (data) => {
    received += data;
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(received) ?? [];
    if (length === undefined)
      return settle("reject", new Error(`an answer without its length:\n${received.slice(0, headEnd)}`));
    const body = received.slice(headEnd + HEAD_END.length);
    if (body.length >= Number(length)) settle("resolve", { status: Number(received.slice(9, 12)), body });
  });
  socket.on("close", () => settle("reject", new Error("the connection was closed before its answer")));
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/**
 * Sends `count` of `requests` (`{ request, expected }`), one after the other and again from the first, over
 * `connections`, and checks each answer by its body. Answers how long it took, in milliseconds.
 */
export async function load(connections, requests, count) {
  let sent = 0;
  const start = performance.now();
  const sendAll = async ({ send }) => {
    while (sent < count) {
      const { request, expected } = requests[sent % requests.length];
      sent += 1;
      const { status, body } = await send(request);
      if (status !== 200 || body !== expected) throw new Error(`a wrong answer: ${status} ${body}`);
    }
  };
  await Promise.all(connections.map(sendAll));
  return performance.now() - start;
}
