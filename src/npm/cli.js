#!/usr/bin/env node
import { parseArgs } from "node:util";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "./server.js";

const USAGE = `Usage: rivya-wasm emulator [options]

Serves an emulator of Rivya Public API v1 on 127.0.0.1, until interrupted.

  --port <n>           port to listen on, 0 for any free one (default 8787)
  --credits <n>        credits of the account (default 1000)
  --queued-ms <n>      how long a task is queued (default 1000)
  --processing-ms <n>  how long it is processed after that (default 4000)
  --fail               every task fails
  --webhook <url>      tell this receiver, on this machine, of each task's end
  --webhook-secret <s> what it is told is signed with: whsec_ and Base64, or text
  --help               this text`;

const OPTIONS = {
  port: { type: "string", default: "8787" },
  credits: { type: "string", default: "1000" },
  "queued-ms": { type: "string", default: "1000" },
  "processing-ms": { type: "string", default: "4000" },
  fail: { type: "boolean", default: false },
  webhook: { type: "string" },
  "webhook-secret": { type: "string" },
  help: { type: "boolean", default: false },
};
const PORT_MAX = 65_535;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

class UsageError extends Error {}

function readArguments(args) {
  let parsed;
  try {
    parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  if (positionals.length !== 1 || positionals[0] !== "emulator") {
    throw new UsageError(`Unknown command: ${positionals.join(" ") || "none given"}`);
  }
  const whole = (name, max = Number.MAX_SAFE_INTEGER) => {
    const text = values[name];
    if (!/^\d+$/.test(text) || Number(text) > max) {
      throw new UsageError(`--${name}: a whole number from 0 to ${max} is needed, not "${text}"`);
    }
    return Number(text);
  };
  const { webhook: url, "webhook-secret": secret } = values;
  if ((url === undefined) !== (secret === undefined)) throw new UsageError("--webhook and --webhook-secret are given together");
  return {
    port: whole("port", PORT_MAX),
    emulator: {
      credits: whole("credits"),
      pace: { queuedMs: whole("queued-ms"), processingMs: whole("processing-ms") },
      outcome: values.fail ? "failed" : "succeeded",
      webhooks: url === undefined ? [] : { url, secret },
    },
  };
}

async function main() {
  const settings = readArguments(process.argv.slice(2));
  if (settings.help) {
    console.log(USAGE);
    return;
  }
  const served = await serveEmulator((origin) => createEmulator({ ...settings.emulator, publicUrl: origin }), settings).catch((error) => {
    // All that is not checked here is what a receiver may be.
    throw error instanceof TypeError ? new UsageError(error.message.replace("options.webhooks.", "--webhook ")) : error;
  });
  console.log(`Emulator of Rivya Public API v1\n  base URL  ${served.origin}/api/v1\n  API key   ${served.emulator.options.apiKey}`);
  const stop = () => {
    served.close();
    served.emulator.free();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error) => {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
  } else if (error.code === "EADDRINUSE") {
    console.error(`Port ${error.port} is in use. Choose another with --port, or 0 for any free one.`);
    process.exitCode = EXIT_FAILURE;
  } else {
    console.error(error);
    process.exitCode = EXIT_FAILURE;
  }
});
