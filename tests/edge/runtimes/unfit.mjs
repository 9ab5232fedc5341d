/** A worker whose options don't fit. */
import { createProxy } from "rivya-wasm/edge";

export default createProxy({ apiKey: "rvya_sk_fixed", signingKey: "short", authorize: () => "ann" });
