/**
 * Proxies whose options are fixed where the module begins: what one answers, and what is said of options that don't
 * fit.
 */
import { createProxy } from "rivya-wasm/edge";

const options = {
  apiKey: "rvya_sk_fixed",
  signingKey: "the signing key of these tests, longer than 32 bytes",
  authorize: () => "ann",
  fetch: async () => Response.json({ object: "list" }),
};
const proxy = createProxy(options);

function refusalOf(changes) {
  try {
    createProxy({ ...options, ...changes });
    return null;
  } catch (error) {
    return String(error);
  }
}

const refusals = [
  { basePath: "/api/" },
  { signingKey: "short" },
  { upstream: "http://api.invalid" },
  { allowedOrigins: ["*"] },
].map(refusalOf);

export default {
  async fetch() {
    const { status } = await proxy.fetch(new Request("https://shop.test/api/rivya/models"));
    return Response.json({ status, refusals });
  },
};
