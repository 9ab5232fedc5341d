/**
 * What stands behind the binding: it sends everything to where the API is, whatever host it was asked for, and names
 * that host as the place of results.
 */
export default {
  async fetch(request, env) {
    const { pathname, search, origin } = new URL(request.url);
    const { method, headers, body } = request;
    const upstream = new URL(env.UPSTREAM).origin;
    const response = await fetch(upstream + pathname + search, {
      method,
      headers: [...headers, ["X-Was-Bound", "yes"]],
      body,
    });
    if (pathname.startsWith("/results/")) return response;
    const text = await response.text();
    return new Response(text.replaceAll(`${upstream}/results/`, `${origin}/results/`), {
      status: response.status,
      headers: { "Content-Type": "application/json" },
    });
  },
};
