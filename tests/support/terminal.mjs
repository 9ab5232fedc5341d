// A terminal, as far as the package's command needs one: a pseudo-terminal to run it on, and what stands on its screen
// then.
import { fileURLToPath } from "node:url";

const PYTHON = process.env.PYTHON ?? "python3";

/** What is spawned in the place of `command`, for it to run on a terminal that is so wide. */
export const onTerminal = (columns, command) => [
  PYTHON,
  fileURLToPath(new URL("terminal.py", import.meta.url)),
  String(columns),
  ...command,
];

/**
 * What a terminal does with what is written to it: each of the screens on the way, lines of text, after each that
 * changed it.
 */
export function screensOf(written) {
  let [rows, row, column] = [[""], 0, 0];
  const screens = [];
  for (const [token] of written.matchAll(/\x1b\[K|[\s\S]/g)) {
    if (token === "\r") column = 0;
    else if (token === "\n") row += 1;
    else if (token === "\x1b[K") rows[row] = rows[row].slice(0, column);
    else {
      rows[row] = rows[row].slice(0, column).padEnd(column) + token + rows[row].slice(column + 1);
      column += 1;
    }
    rows[row] ??= "";
    screens.push([...rows]);
  }
  return screens;
}
