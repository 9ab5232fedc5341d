// `node build/types.mjs`: checks the types of the JavaScript, which stand in its JSDoc comments. They name those of the
// package itself, so it has to be built.

import { spawnSync } from "node:child_process";
import { root } from "./versions.mjs";

/** What is reached by imports, and has no types of its own; the bundles in dist/ have declarations instead. */
const UNTYPED = /^(?:tests\/|dist\/)/;
/** What the compiler ends with where there are errors, or none. */
const ENDS = [0, 1, 2];

const args = ["node_modules/typescript/bin/tsc", "--project", "build/tsconfig.json", "--pretty", "false"];
const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
// An error may go on in further lines, which are indented.
const errors = stdout.split(/\n(?! )/).filter((error) => error !== "" && !UNTYPED.test(error));
for (const error of errors) console.error(error);
if (status === null || !ENDS.includes(status)) throw new Error(`tsc ended with ${status}: ${stderr}`);
console.log(`${errors.length} errors of types`);
if (errors.length > 0) process.exitCode = 1;
