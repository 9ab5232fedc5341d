/** The worker behind Deno's server. */
import worker from "./worker.mjs";

const env = Deno.env.toObject();
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(JSON.stringify({ port })) },
  (request) => worker.fetch(request, env),
);
