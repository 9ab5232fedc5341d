// The least that keeps a key on one's own side: it checks nothing, and hands on whatever comes, both ways.

const BASE_PATH = "/api/rivya";

export default {
  fetch({ url, method, headers: given, body }, { RIVYA_API_KEY, UPSTREAM }) {
    const headers = new Headers(given);
    headers.set("Authorization", `Bearer ${RIVYA_API_KEY}`);
    return fetch(UPSTREAM + new URL(url).pathname.slice(BASE_PATH.length), { method, headers, body });
  },
};
