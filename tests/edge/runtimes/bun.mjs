/** The worker behind Bun's server. */
import worker from "./worker.mjs";

const { port } = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => worker.fetch(request, process.env) });
console.log(JSON.stringify({ port }));
