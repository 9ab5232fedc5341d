// A proxy between Chromium and the server of wasm-bindgen's test runner. That server gives a connection a thread for as
// long as it is kept alive, and now and then two connections the same one: then a page of many files waits for five
// minutes for one of them. Here each request has a connection of its own, which is closed behind it.

import { once } from "node:events";
import { createServer, request } from "node:http";

/** Starts the proxy; answers its port. It keeps no process alive. */
export async function startClosingProxy() {
  const server = createServer((asked, answer) => {
    const { method, url = "", headers } = asked;
    const passed = request(url, { method, headers: { ...headers, connection: "close" }, agent: false }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/**
 * What the test runner shall ask of chromedriver, as it reads it from `webdriver.json`.
 *
 * @param {number} port
 */
export const capabilitiesOf = (port) => ({
  "goog:chromeOptions": {
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      `--proxy-server=http://127.0.0.1:${port}`,
      // Chromium asks its own machine directly otherwise.
      "--proxy-bypass-list=<-loopback>",
    ],
  },
});
