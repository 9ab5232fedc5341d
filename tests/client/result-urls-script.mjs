// Downloads results in Node, Deno or Bun with the platform's own fetch, one after the other, and prints what came of
// each. Arguments: origin of the API, and the URLs.
import { createClient } from "../../dist/index.node.js";

const [origin, ...urls] = process.argv.slice(2);
const client = await createClient({ baseUrl: `${origin}/api/v1`, apiKey: "rvya_sk_emulator", maxRetries: 0 });
const outcomes = [];
for (const url of urls) {
  const result = { primary_url: url, urls: [url] };
  outcomes.push(
    await client.download({ id: "task_1", status: "succeeded", result }).then(
      ([{ size }]) => ({ bytes: size }),
      ({ code, retryable }) => ({ code, retryable }),
    ),
  );
}
console.log(JSON.stringify(outcomes));
