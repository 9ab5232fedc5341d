// `npm run bench:edge`: what the proxy costs in workerd, against the smallest pass-through that one would write by
// hand. All answer in turn, in one run, over the same upstream: other work on the machine moves both, and of many short
// turns the median of the ratios is told, with the span of them.

import { pathToFileURL } from "node:url";
import { connection, load, requestOf } from "./edge/load.mjs";
import { isMeasurable, peakGrowthBytes } from "./edge/memory.mjs";
import { startUpstream, startWorkerd } from "./edge/processes.mjs";

const BASE_PATH = "/api/rivya";
const SIDES = ["proxy", "pass-through"];
/** What a poll costs whoever does by hand what a proxy has to do: it has polls alone. */
const BY_HAND = "by-hand";
/** A photo of 30 MB; the form around it adds less than a packet. */
const UPLOAD_BYTES = 30_000_000;
/** Pages that wait at once, each for its own task: they poll again and again. */
const PAGES = 20;
/** More tasks than the proxy remembers polls of: asked one after the other, each poll is a first one. */
const FIRST_POLLS = 600;
const OURS = { "X-Rivya-Client": "bench" };
/**
 * What is asked first, and what each of the workers that are started for it answers. A raw id is nobody's: the proxy
 * answers without the API.
 */
const FIRST_POLL = requestOf("GET", `${BASE_PATH}/generations/task_bench`);
const FIRST_STATUS = { startProxy: 404, startPassThrough: 200, startEmpty: 200 };

/** What is asked of the proxy. */
const TARGETS = { minPolls: 0.8, maxUpload: 1.1, maxGrowthBytes: 4 * 1_024 * 1_024, maxStartMs: 15 };

/** Median, smallest and largest. */
function spread(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/**
 * Runs `turn(side)` for both sides `turns` times, who is first changing; once before that nothing is counted. Answers
 * the lists of both.
 */
async function inTurn(turns, sides, turn) {
  const taken = sides.map(() => []);
  for (let index = -1; index < turns; index += 1) {
    const order = sides.map((_, place) => place);
    if (index % 2 === 0) order.reverse();
    for (const place of order) {
      const value = await turn(sides[place]);
      if (index >= 0) taken[place].push(value);
    }
  }
  return taken;
}

const upload = requestOf(
  "POST",
  `${BASE_PATH}/files`,
  { ...OURS, "Content-Type": "multipart/form-data; boundary=bench" },
  Buffer.alloc(UPLOAD_BYTES),
);

/** One side: its connections, and polls of tasks of its own, `{ request, expected }` each. */
async function sideOf(name, port, connections) {
  const open = await Promise.all(Array.from({ length: connections }, () => connection(port)));
  const body = Buffer.from(JSON.stringify({ model: "nano-banana-2", prompt: "A kite" }));
  const submission = requestOf(
    "POST",
    `${BASE_PATH}/generations`,
    { ...OURS, "Content-Type": "application/json", "Idempotency-Key": "bench" },
    body,
  );
  const firstPolls = [];
  while (firstPolls.length < FIRST_POLLS) {
    // A poll is answered like the submission, with the id as this side's caller sees it.
    const { status, body: expected } = await open[0].send(submission);
    if (status !== 200) throw new Error(`${name} answered a submission with ${status} ${expected}`);
    firstPolls.push({ request: requestOf("GET", `${BASE_PATH}/generations/${JSON.parse(expected).id}`), expected });
  }
  return { open, firstPolls, polls: firstPolls.slice(0, PAGES) };
}

/** Polls a second, over all connections at once: at what `which` names. */
const pollsPerSecond = (requests, which) => async (side) =>
  (requests / (await load(side.open, side[which], requests))) * 1_000;

/** How long one upload takes, in milliseconds. */
async function uploadMs({ open: [{ send }] }) {
  const start = performance.now();
  const { status, body } = await send(upload);
  const ms = performance.now() - start;
  if (status !== 200 || JSON.parse(body).bytes !== UPLOAD_BYTES)
    throw new Error(`an upload was answered with ${status} ${body}`);
  return ms;
}

/**
 * A new workerd with one worker, which has been read when it listens: how long its first answer takes from there on,
 * which is when the module is instantiated, and how long from the start of the process; and by how much the first
 * upload of all makes the process grow. From outside, for a worker's own clock stands still between inputs.
 */
const startOf = (upstream) => async (configuration) => {
  const begin = performance.now();
  const workerd = await startWorkerd(configuration, ["main"], upstream);
  const listening = performance.now();
  const main = await connection(workerd.ports.main);
  try {
    const { status } = await main.send(FIRST_POLL);
    const answered = performance.now();
    if (status !== FIRST_STATUS[configuration]) throw new Error(`${configuration}: the first answer was ${status}`);
    const hasUploads = isMeasurable && configuration !== "startEmpty";
    const growthBytes = hasUploads ? await peakGrowthBytes(workerd.pid, () => uploadMs({ open: [main] })) : NaN;
    return { answerMs: answered - listening, wholeMs: answered - begin, growthBytes };
  } finally {
    main.close();
    await workerd.stop();
  }
};

const ratios = ([ours, theirs]) => spread(ours.map((value, turn) => value / theirs[turn]));
const pick = (sides, key) => sides.map((side) => spread(side.map((value) => value[key])));

/** Answers the measures; rejects where any answer was wrong. */
export async function benchEdge({ connections = 20, turns = 60, requests = 300, uploads = 15, starts = 25 } = {}) {
  const upstream = await startUpstream();
  try {
    const workerd = await startWorkerd("loaded", [...SIDES, BY_HAND], upstream.url);
    const sides = [];
    try {
      for (const name of [...SIDES, BY_HAND]) sides.push(await sideOf(name, workerd.ports[name], connections));
      const polls = await inTurn(turns, sides, pollsPerSecond(requests, "polls"));
      const [proxyPolls, passedPolls, byHandPolls] = polls;
      const pair = sides.slice(0, SIDES.length);
      const firstPolls = await inTurn(turns, pair, pollsPerSecond(requests, "firstPolls"));
      const uploaded = await inTurn(uploads, pair, uploadMs);
      for (const { open } of sides) for (const { close } of open) close();
      await workerd.stop();
      const started = await inTurn(starts, Object.keys(FIRST_STATUS), startOf(upstream.url));
      const [proxy, , empty] = pick(started, "answerMs");
      return {
        polls: {
          ratio: ratios(polls),
          byHand: ratios([byHandPolls, passedPolls]),
          toByHand: ratios([proxyPolls, byHandPolls]),
          perSecond: polls.map(spread),
          first: ratios(firstPolls),
        },
        upload: { ratio: ratios(uploaded), ms: uploaded.map(spread) },
        growthBytes: pick(started, "growthBytes").slice(0, 2),
        start: { ms: proxy.median - empty.median, answerMs: [proxy, empty], wholeMs: pick(started, "wholeMs") },
      };
    } finally {
      await workerd.stop();
    }
  } finally {
    await upstream.stop();
  }
}

const span = ({ median, min, max }, digits, unit = "") =>
  `${median.toFixed(digits)}${unit} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
const megabytes = ({ median, min, max }) =>
  span({ median: median / 2 ** 20, min: min / 2 ** 20, max: max / 2 ** 20 }, 1, " MB");

/** The measures beside what is asked for, a line each. Brackets hold the smallest and the largest of all turns. */
export function report({ polls, upload, growthBytes, start }) {
  const line = (name, isMet, target, measured) =>
    `${isMet ? "met   " : "MISSED"}  ${name.padEnd(41)}${target.padEnd(14)}${measured}`;
  const lines = [
    line(
      "polls a second, to the pass-through's",
      polls.ratio.median >= TARGETS.minPolls,
      `>= ${TARGETS.minPolls}`,
      span(polls.ratio, 2),
    ),
    line(
      "time of an upload, to the pass-through's",
      upload.ratio.median <= TARGETS.maxUpload,
      `<= ${TARGETS.maxUpload}`,
      span(upload.ratio, 2),
    ),
    line(
      "start, above an empty worker's",
      start.ms < TARGETS.maxStartMs,
      `< ${TARGETS.maxStartMs} ms`,
      `${start.ms.toFixed(1)} ms`,
    ),
  ];
  if (isMeasurable)
    lines.splice(
      2,
      0,
      line(
        "memory that an upload adds",
        growthBytes[0].median < TARGETS.maxGrowthBytes,
        "< 4 MB",
        megabytes(growthBytes[0]),
      ),
    );
  lines.push("");
  lines.push(
    `polls of pages that wait, each again at its own task; a first poll of one: ${span(polls.first, 2)} of the pass-through's`,
  );
  lines.push(
    `a proxy by hand, which checks no signature: ${span(polls.byHand, 2)} of the pass-through's polls; ours ${span(polls.toByHand, 2)} of its`,
  );
  for (const [place, name] of SIDES.entries()) {
    const growth = isMeasurable ? `, ${megabytes(growthBytes[place])} more in memory` : "";
    lines.push(
      `${name}: ${span(polls.perSecond[place], 0)} polls a second; an upload of 30 MB in ${span(upload.ms[place], 0, " ms")}${growth}`,
    );
  }
  const [proxyMs, emptyMs] = start.answerMs;
  lines.push(
    `first answer of a new worker: ${span(proxyMs, 1, " ms")} of the proxy, ${span(emptyMs, 1, " ms")} of an empty one`,
  );
  const [proxyWholeMs, , emptyWholeMs] = start.wholeMs;
  lines.push(
    `the same from the start of the process: ${span(proxyWholeMs, 0, " ms")}, ${span(emptyWholeMs, 0, " ms")}`,
  );
  return lines.join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(report(await benchEdge()));
