// The proxy as one would write it, with one caller.

import { createProxy } from "rivya-wasm/edge";

export default createProxy(({ RIVYA_API_KEY, UPSTREAM }) => ({
  apiKey: RIVYA_API_KEY,
  signingKey: "a signing key of the bench, 32 bytes or more",
  upstream: UPSTREAM,
  authorize: () => "ann",
}));
