/** What stands behind the binding: it sends everything to where the API is, whatever host it was asked for. */
export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    const { method, headers, body } = request;
    return fetch(new URL(env.UPSTREAM).origin + pathname + search, { method, headers: [...headers, ["X-Was-Bound", "yes"]], body });
  },
};
