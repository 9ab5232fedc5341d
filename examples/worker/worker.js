// A whole site in front of the API: the page, a proxy that keeps the key on this side, and a receiver of webhooks.

import { createProxy, RivyaError, verifyWebhook } from "rivya-wasm/edge";
import { durableBudget } from "./budget.js";
import { accountOf, newSession } from "./session.js";

// The platform looks for the class of the Durable Object among the Worker's own exports.
export { RivyaBudget } from "./budget.js";

const SECURITY = {
  // 'wasm-unsafe-eval' lets the client's WebAssembly compile, and nothing else.
  "Content-Security-Policy":
    "script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

const proxy = createProxy((env) => ({
  apiKey: env.RIVYA_API_KEY,
  signingKey: env.SIGNING_KEY,
  upstream: env.RIVYA_UPSTREAM,
  authorize: (request) => accountOf(request, env.SIGNING_KEY),
  models: ["nano-banana-2", "z-image"],
  limits: { requestsPerMinute: 120, creditsPerDay: 50, concurrentGenerations: 2, budget: durableBudget(env.BUDGET) },
}));

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return page(request, env);
    if (pathname.startsWith("/api/rivya/")) return proxy.fetch(request, env, ctx);
    if (pathname === "/webhooks/rivya") return webhook(request, env);
    return env.ASSETS.fetch(request);
  },
};

/** The page. Who has no session yet gets one with it. */
async function page(request, env) {
  const asset = await env.ASSETS.fetch(request);
  const response = new Response(asset.body, asset);
  for (const [name, value] of Object.entries(SECURITY)) response.headers.set(name, value);
  if ((await accountOf(request, env.SIGNING_KEY)) === null) {
    response.headers.append("Set-Cookie", await newSession(env.SIGNING_KEY));
    response.headers.set("Cache-Control", "no-store");
  }
  return response;
}

/** A delivery of the API: "this generation has ended". */
async function webhook(request, env) {
  if (request.method !== "POST")
    return new Response("A delivery is a POST.", { status: 405, headers: { Allow: "POST" } });
  let event;
  try {
    event = await verifyWebhook(request, { secret: env.WEBHOOK_SECRET, claim: (id, ttlMs) => isFirst(id, ttlMs, env) });
  } catch (error) {
    if (error instanceof RivyaError && error.code === "webhook_signature")
      return new Response("Not a genuine delivery.", { status: 400 });
    throw error;
  }
  // Your work: send a mail, fill a gallery. What may fail belongs into a queue, for a second delivery of the same event
  // is refused.
  console.log(`${event.id}: ${event.type}, generation ${event.generation?.id ?? "unknown"}`);
  return new Response(null, { status: 204 });
}

/** Whether a delivery has not been here for `ttlMs`: a budget of one, which only the first can take. */
async function isFirst(id, ttlMs, env) {
  const query = { key: `webhook ${id}`, id: crypto.randomUUID(), amount: 1, limit: 1, windowMs: ttlMs };
  const { ok } = await durableBudget(env.BUDGET).take(query);
  return ok;
}
