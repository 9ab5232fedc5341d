/** A site: its page, which begins a session, and below it the proxy, which knows callers by that session. */
import { createProxy } from "rivya-wasm/edge";
import client from "./client.txt";

const PAGE = '<!doctype html><html lang="en"><title>site</title><link rel="icon" href="data:,"></html>';
const proxy = createProxy((env) => ({
  apiKey: env.API_KEY,
  signingKey: env.SIGNING_KEY,
  upstream: env.UPSTREAM,
  authorize: (request) => /(?:^|; )session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1] ?? null,
}));

export default {
  fetch(request, env, ctx) {
    switch (new URL(request.url).pathname) {
      case "/":
        return new Response(PAGE, {
          headers: { "Content-Type": "text/html", "Set-Cookie": "session=ann; HttpOnly; SameSite=Strict; Path=/" },
        });
      case "/client.js":
        return new Response(client, { headers: { "Content-Type": "text/javascript" } });
      default:
        return proxy.fetch(request, env, ctx);
    }
  },
};
