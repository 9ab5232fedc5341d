// Asks for the credits in Node, and prints what came of it and how much memory the process has had. Argument: the base
// URL.
import { createClient } from "../../dist/index.node.js";

const client = await createClient({ baseUrl: process.argv[2], apiKey: "rvya_sk_emulator", maxRetries: 0 });
const code = await client.credits.retrieve().then(
  () => null,
  ({ code }) => code,
);
console.log(JSON.stringify({ code, maxMemoryBytes: process.resourceUsage().maxRSS * 1024 }));
