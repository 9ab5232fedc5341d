/** A worker that receives webhooks: what it verified, or why not. */
import { RivyaError, verifyWebhook } from "./dist/edge.workerd.js";

const seen = new Set();

export default {
  async fetch(request, env) {
    const claim = async (id) => !seen.has(id) && Boolean(seen.add(id));
    try {
      const { id, type, generation } = await verifyWebhook(request, { secret: env.SECRET, claim });
      return Response.json({ id, type, generation });
    } catch (error) {
      const { code, message } = error;
      return Response.json({ code, message }, { status: error instanceof RivyaError ? 400 : 500 });
    }
  },
};
