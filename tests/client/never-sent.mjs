// Submits to a place where nobody listens, in whichever runtime this is; prints what came of it.
import { createServer } from "node:net";
import { createClient } from "rivya-wasm";

/** A port of this machine on which nobody listens. */
async function closedPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that reads a request and hangs up. */
async function hangingUp() {
  const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.destroy()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const server = await hangingUp();
const PLACES = {
  "refused connection": `http://127.0.0.1:${await closedPort()}/api/v1`,
  "refused connection, of a name": `http://localhost:${await closedPort()}/api/v1`,
  "unknown host": "https://nowhere.invalid/api/v1",
  "lost connection": `http://127.0.0.1:${server.address().port}/api/v1`,
};
const told = {};
for (const [name, baseUrl] of Object.entries(PLACES)) {
  const client = await createClient({ baseUrl, apiKey: "rvya_sk_never_sent", maxRetries: 1 });
  const error = await client.generate({ model: "z-image", prompt: "a hill" }).then(
    () => null,
    (reason) => reason,
  );
  const { code, message, attempts, retryable, mayHaveBeenCharged } = error;
  told[name] = {
    code,
    message,
    attempts,
    retryable,
    mayHaveBeenCharged,
    pending: (await client.pending()).map(({ state }) => state),
  };
}
server.close();
console.log(JSON.stringify(told));
