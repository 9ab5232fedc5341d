#!/usr/bin/env node
// The command of the package: finds out which of its commands is meant.
import { cleanLine } from "./cli/clean.js";
import { runDemo } from "./cli/demo.js";
import { runEmulator } from "./cli/emulator.js";
import { runGenerate } from "./cli/generate.js";
import { unexpectedLines } from "./cli/unexpected.js";
import { Failure, USAGE, UsageError } from "./cli/usage.js";

const COMMANDS = { emulator: runEmulator, demo: runDemo, generate: runGenerate };
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/**
 * @param {string | undefined} name
 * @returns {name is keyof typeof COMMANDS}
 */
function isCommand(name) {
  return Object.hasOwn(COMMANDS, name ?? "");
}

/** @param {string[]} given */
async function main([name, ...args]) {
  const command = isCommand(name) ? name : undefined;
  // What stands behind `--` is no option, whatever it looks like.
  const end = args.indexOf("--");
  if (name === "--help" || (command && args.slice(0, end < 0 ? args.length : end).includes("--help"))) {
    console.log(USAGE[command ?? "all"]);
    return;
  }
  try {
    if (!command) throw new UsageError(`Unknown command: ${name ?? "none given"}`);
    await COMMANDS[command](args);
  } catch (error) {
    process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
    if (error instanceof UsageError) console.error(`${cleanLine(error.message)}\n\n${USAGE[command ?? "all"]}`);
    else if (error instanceof Failure) console.error(cleanLine(error.message));
    else tell(error);
  }
}

const tell = (/** @type {unknown} */ error) => console.error(unexpectedLines(error).join("\n"));

// Node would print the error as it is, with whatever a server has written into it. A rejection that nobody handles
// comes here, too.
process.on("uncaughtException", (error) => {
  tell(error);
  process.exit(EXIT_FAILURE);
});

await main(process.argv.slice(2));
