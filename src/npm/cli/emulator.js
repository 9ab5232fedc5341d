// `rivya-wasm emulator`: the emulator behind HTTP, for clients in any language.
import { serveEmulator } from "../server.js";
import { codeOf } from "./system.js";
import { Failure, PORT_MAX, UsageError, readOptions, whole } from "./usage.js";

/** @satisfies {import("node:util").ParseArgsOptionsConfig} */
const OPTIONS = {
  port: { type: "string", default: "8787" },
  credits: { type: "string", default: "1000" },
  "queued-ms": { type: "string", default: "1000" },
  "processing-ms": { type: "string", default: "4000" },
  fail: { type: "boolean", default: false },
  webhook: { type: "string" },
  "webhook-secret": { type: "string" },
};

/** @param {string[]} args */
export async function runEmulator(args) {
  const { port, emulator } = readArguments(args);
  const { createEmulator } = await import("rivya-wasm/emulator");
  const served = await serveEmulator((origin) => createEmulator({ ...emulator, publicUrl: origin }), { port }).catch(
    (error) => {
      // All that is not checked here is what a receiver may be.
      if (error instanceof TypeError) throw new UsageError(error.message.replace("options.webhooks.", "--webhook "));
      if (codeOf(error) === "EADDRINUSE")
        throw new Failure(`Port ${port} is in use. Choose another with --port, or 0 for any free one.`);
      throw error;
    },
  );
  console.log(`Emulator of Rivya Public API v1
  base URL  ${served.origin}/api/v1
  API key   ${served.emulator.options.apiKey}`);
  untilStopped(served);
}

/**
 * Ends the server and its emulator when it is asked to; the process follows by itself.
 *
 * @param {Awaited<ReturnType<typeof serveEmulator>>} served
 */
export function untilStopped({ close, emulator }) {
  const stop = () => {
    void close();
    emulator.free();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

/** @param {string[]} args */
function readArguments(args) {
  const { values } = readOptions(args, OPTIONS);
  /** @type {(name: "port" | "credits" | "queued-ms" | "processing-ms", max?: number) => number} */
  const number = (name, max) => whole(name, values[name], max);
  const { webhook: url, "webhook-secret": secret } = values;
  if ((url === undefined) !== (secret === undefined))
    throw new UsageError("--webhook and --webhook-secret are given together");
  /** @type {import("rivya-wasm/emulator").EmulatorOptions} */
  const emulator = {
    credits: number("credits"),
    pace: { queuedMs: number("queued-ms"), processingMs: number("processing-ms") },
    outcome: values.fail ? "failed" : "succeeded",
    webhooks: url === undefined || secret === undefined ? [] : { url, secret },
  };
  return { port: number("port", PORT_MAX), emulator };
}
