// Stands in for the API, in a process of its own: one generation, under the id of each poll and under a new one of each
// submission, and uploads that are counted and forgotten. Tells its origin to whoever forked it.

import { createServer } from "node:http";

const generation = (id) => ({
  id,
  object: "generation",
  model: "nano-banana-2",
  status: "succeeded",
  reserved_credits: 5,
  created_at: "2026-05-11T10:00:00Z",
  result: {
    primary_url: "https://results.example/a.png",
    urls: ["https://results.example/a.png", "https://results.example/b.png"],
  },
});
let submissions = 0;

function answer(response, json) {
  const body = JSON.stringify(json);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

const server = createServer((request, response) => {
  let bytes = 0;
  request.on("data", (data) => (bytes += data.length));
  // Whether the key came along is part of the answer: both sides must have added it.
  request.on("end", () => {
    if (request.headers.authorization !== "Bearer rvya_sk_bench") response.writeHead(401).end();
    else if (request.url.endsWith("/files"))
      answer(response, { id: "file_bench", bytes, saidBytes: Number(request.headers["content-length"]) });
    else
      answer(
        response,
        generation(request.method === "POST" ? `task_${(submissions += 1)}` : request.url.split("/").at(-1)),
      );
  });
});
// Idle connections stay: a round that has to connect again would be slower than the one before it.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}/api/v1`));
process.once("disconnect", () => process.exit());
