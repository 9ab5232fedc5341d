// What `npm start` serves, below the page: policy, types, and what it refuses.
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, test } from "node:test";
import { startServer } from "../../build/serve.mjs";

let server;
let origin;
before(async () => {
  server = await startServer();
  origin = server.url.slice(0, -1);
});
after(() => server?.close());

/** Without fetch, which tidies paths and sets Host by itself. */
function raw(path, headers = {}) {
  const { hostname: host, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host, port, path, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    request.on("error", reject);
    request.end();
  });
}

test("the_page_comes_with_its_own_policy_as_a_header_and_knows_its_api", async () => {
  const response = await fetch(server.url);
  const html = await response.text();
  const [, policy] = /content="(default-src 'none'[^"]*)"/.exec(html);
  assert.equal(response.headers.get("content-security-policy"), `${policy}; frame-ancestors 'none'`);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
  assert.match(html, /<meta name="rivya-api" content="\/api\/rivya" data-note="Emulator over HTTP" \/>/);
});

test("each_file_has_the_type_that_a_browser_wants_and_is_not_guessed_at", async () => {
  const types = {
    "": "text/html; charset=utf-8",
    "demo.js": "text/javascript; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "vendor/catalogue.json": "application/json",
  };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers } = await fetch(server.url + path);
    assert.deepEqual(
      [status, headers.get("content-type"), headers.get("x-content-type-options")],
      [200, type, "nosniff"],
      path,
    );
  }
});

test("nothing_outside_of_the_pages_folder_is_read", async () => {
  const paths = [
    "/../package.json",
    "/..%2fpackage.json",
    "/%2e%2e/package.json",
    "/%2e%2e%2fpackage.json",
    "/vendor/..%2f..%2fpackage.json",
    "/..%5cpackage.json",
    "/%00",
    "/%zz",
    "//package.json",
  ];
  for (const path of paths) {
    const { status, body } = await raw(path);
    assert.ok(status >= 400 && !body.includes("devDependencies"), `${path}: ${status}`);
  }
});

test("a_post_without_the_clients_header_is_refused_and_costs_nothing", async () => {
  const credits = async () => (await (await fetch(`${origin}/api/rivya/credits`)).json()).current_credits;
  const post = (headers) =>
    fetch(`${origin}/api/rivya/generations`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ model: "z-image", prompt: "A kite" }),
    });
  const before = await credits();
  assert.equal((await post({})).status, 403);
  assert.equal(await credits(), before);
  assert.ok((await post({ "X-Rivya-Client": "test" })).ok);
  assert.equal(await credits(), before - 1);
});

test("a_name_that_only_leads_here_is_refused_and_localhost_is_sent_to_the_origin_of_the_results", async () => {
  const { port } = new URL(server.url);
  assert.equal((await raw("/", { Host: `example.com:${port}` })).status, 403);
  assert.equal((await raw("/api/rivya/credits", { Origin: "https://example.com" })).status, 403);
  const { status, headers } = await raw("/", { Host: `localhost:${port}` });
  assert.deepEqual([status, headers.location], [307, server.url]);
});

test("a_port_that_is_taken_is_an_error_of_that_name", async () => {
  await assert.rejects(startServer({ port: Number(new URL(server.url).port) }), { code: "EADDRINUSE" });
});
