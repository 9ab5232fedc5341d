// How far it is, on stderr: one line that is rewritten in a terminal, elsewhere a line for each phase.

const CLEAR = "\r\x1b[K";
const COLUMNS = 80;
const PERCENT = 100;
const OFFLINE = "Offline. Nothing is lost: it goes on when the network is back";

/**
 * @typedef {import("rivya-wasm").Progress} Progress
 * @typedef {ReturnType<typeof lineOn>} Line
 */

/**
 * `show(line, detail)` shows a line, in a terminal with its detail; `end()` takes it away there.
 *
 * @param {NodeJS.WriteStream} stream
 */
export function lineOn(stream) {
  /** @type {string | null} */
  let last = null;
  return {
    show(/** @type {string} */ line, detail = "") {
      if (stream.isTTY) stream.write(`${CLEAR}${(line + detail).slice(0, (stream.columns || COLUMNS) - 1)}`);
      else if (line !== last) stream.write(`${line}\n`);
      last = line;
    },
    end() {
      if (stream.isTTY && last !== null) stream.write(CLEAR);
      last = null;
    },
  };
}

/**
 * What a step of the client is in words: `[line, detail]`.
 *
 * @param {Progress} progress
 * @returns {[line: string, detail?: string]}
 */
export function wordsOf(progress) {
  switch (progress.phase) {
    case "uploading":
      return uploadWords(progress);
    case "submitting":
      return ["Sending the request"];
    case "offline":
      return [OFFLINE, `, ${seconds(progress.sinceMs)} s`];
    case "queued":
      return ["Waiting in the queue", timeWords(progress)];
    default:
      return ["Being made", timeWords(progress)];
  }
}

/**
 * @param {Extract<Progress, { phase: "uploading" }>} progress
 * @returns {[string, string]}
 */
function uploadWords({ file, files, loadedBytes, totalBytes }) {
  const done = totalBytes === 0 ? PERCENT : Math.floor((loadedBytes / totalBytes) * PERCENT);
  return [`Uploading reference ${file + 1} of ${files}`, `: ${done} %`];
}

/** @param {Extract<Progress, { phase: "queued" | "processing" }>} progress */
function timeWords({ elapsedMs, expectedMs }) {
  return `, ${seconds(elapsedMs)} s${expectedMs === null ? "" : ` of about ${seconds(expectedMs)} s`}`;
}

export const seconds = (/** @type {number} */ ms) => Math.round(ms / 1_000);
