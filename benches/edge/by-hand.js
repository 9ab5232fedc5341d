// The least that a proxy for browsers has to do for a poll, by hand and without a rule of ours: it asks where the
// request comes from, knows whose the id is (from a table: a signature would come on top), sends the key and nothing of
// the caller's, and puts the caller's id into an answer that it reads within bounds. It tells how much of the proxy's
// distance to the pass-through is its duties, and how much is how they are done.

const PLACE = "/api/rivya/generations/";
const MAX_CHARACTERS = 1_048_576;
const HEADERS = new Headers({
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  Vary: "Origin",
  "Content-Type": "application/json",
});
const IDS = new Map();

const refuse = (status) => new Response(null, { status });

export default {
  async fetch(request, { RIVYA_API_KEY, UPSTREAM }) {
    const { url, method, headers } = request;
    const site = headers.get("sec-fetch-site");
    if (headers.get("origin") !== null || (site !== null && site !== "same-origin")) return refuse(403);
    const { pathname } = new URL(url);
    if (!pathname.startsWith(PLACE))
      return method === "POST"
        ? answer(await fetch(`${UPSTREAM}/generations`, init("POST", RIVYA_API_KEY, await request.text())))
        : refuse(404);
    const id = IDS.get(pathname.slice(PLACE.length));
    if (id === undefined) return refuse(404);
    return answer(await fetch(`${UPSTREAM}/generations/${id}`, init("GET", RIVYA_API_KEY)));
  },
};

const init = (method, key, body) => ({
  method,
  body,
  redirect: "manual",
  cache: "no-store",
  headers: { Authorization: `Bearer ${key}`, Accept: "application/json" },
});

async function answer(response) {
  if (response.status !== 200 || !response.headers.get("content-type")?.startsWith("application/json"))
    return refuse(502);
  if (!(Number(response.headers.get("content-length")) <= MAX_CHARACTERS)) return refuse(502);
  const generation = JSON.parse(await response.text());
  const { id } = generation;
  generation.id = `bound_${id}`;
  IDS.set(generation.id, id);
  return new Response(JSON.stringify(generation), { headers: HEADERS });
}
