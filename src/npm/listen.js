// A server of ours on loopback, and nowhere else.

const HOSTNAME = "127.0.0.1";

/**
 * Listens on `port`, 0 for any free one; answers where.
 *
 * @param {import("node:http").Server} server
 * @param {number} port
 * @returns {Promise<{ origin: string, port: number }>}
 */
export function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOSTNAME, () => {
      server.off("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("a server on TCP has a port"));
      resolve({ origin: `http://${HOSTNAME}:${address.port}`, port: address.port });
    });
  });
}
