/** The worker behind Node's own HTTP server. */
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import worker from "./worker.mjs";

const server = createServer(
  getRequestListener((request) => worker.fetch(request, process.env), { overrideGlobalObjects: false }),
);
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
