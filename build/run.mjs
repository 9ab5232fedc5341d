// Runs a program and says what it was when it fails.

import { spawn } from "node:child_process";
import { root } from "./versions.mjs";

/**
 * Resolves when the program ends well. Its output goes where ours goes; with `quiet` it is kept for the error, and what
 * it wrote to stdout is answered (`"both"`: to stderr, too).
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, quiet?: boolean | "both", cwd?: string }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { env, quiet = false, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    let output = "";
    let answer = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output += text;
      answer += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", (error) => reject(new Error(`${command} can't be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(quiet === "both" ? output : answer);
      reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? code}\n${output}`));
    });
  });
}

/**
 * Runs a program to its end, shows its output as it comes, and answers `{ code, output }`.
 *
 * @param {readonly string[]} command
 * @param {{ env: Record<string, string> }} options
 * @returns {Promise<{ code: number | null, output: string }>}
 */
export function runCounted([command, ...args], { env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    /** @type {[import("node:stream").Readable, NodeJS.WriteStream][]} */
    const streams = [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ];
    for (const [from, to] of streams) {
      from.setEncoding("utf8").on("data", (text) => {
        output += text;
        to.write(text);
      });
    }
    child.on("error", (error) => reject(new Error(`${command} can't be started: ${error.message}`)));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/**
 * What an exception says.
 *
 * @param {unknown} error
 */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Seconds since `start`, a reading of `performance.now()`.
 *
 * @param {number} start
 */
export const seconds = (start) => ((performance.now() - start) / 1000).toFixed(1);

/**
 * A step with its name and time on one line.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 */
export async function step(name, work) {
  const start = performance.now();
  const result = await work();
  console.log(`${name}: ${seconds(start)} s`);
  return result;
}
