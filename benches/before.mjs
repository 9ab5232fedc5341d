// `npm run bench:before`: this checkout's package against that of commit 6057df2, the last one whose flows were written
// in JavaScript, in Chromium, over the server of `bench:clients`. Each package has two pages of its own, all of which
// do the same in turn: old against new is the measure, and what a package is to itself in its other page tells what
// chance alone does to it. All rounds are printed; judged are their medians. Fails where one misses its limit. Other
// work on the machine moves what goes over the network more than what a call does by itself, which is printed besides.

import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "../build/build.mjs";
import { root } from "../build/versions.mjs";
import { launchChromium } from "../tests/support/browsers.mjs";
import { packageOf } from "./before/package.mjs";
import { fresh, median } from "./clients.mjs";
import { bundled, timingPages } from "./clients/pages.mjs";
import { startServer } from "./clients/server.mjs";

const COMMIT = "6057df2";
const SETTINGS = { rounds: 5, starts: 15, turns: 50, uploadTurns: 20, calls: 20, atOnce: 20, uploads: 1 };
/** The pages: each package twice. Their names are those of `clients/page.js`. */
const LANES = ["old", "new", "old-again", "new-again"];

const difference = (one, other) => one - other;
const ratio = (one, other) => one / other;
const inRatio = (limit) => ({ compare: ratio, format: (value) => value.toFixed(3), limit });
/** What a turn does in its page, by its name there. */
const WAYS = ["own", "sequential", "together", "upload", "cut"];
const FIGURES = {
  own: { title: "a call's own work", ...inRatio(Infinity) },
  sequential: { title: "calls one by one", ...inRatio(1.05) },
  together: { title: "calls 20 at a time", ...inRatio(1.03) },
  upload: { title: "uploads of 10 MB", ...inRatio(1.03) },
  cut: { title: "uploads, metadata cut", ...inRatio(1.03) },
  ready: {
    title: "ready, ms more",
    compare: difference,
    format: (value) => value.toFixed(2),
    limit: 8,
  },
};

/** A turn of each lane, who is first changing: milliseconds by lane. */
async function turnOf(index, measure) {
  const taken = {};
  for (const place of LANES.keys()) {
    const lane = LANES[(place + index) % LANES.length];
    taken[lane] = await measure(lane);
  }
  return taken;
}

/** What turns come to: new to old, and each to itself. */
function compared(turns, { compare }) {
  const each = (figure) => median(turns.map(figure));
  const mean = (taken, name) => (taken[name] + taken[`${name}-again`]) / 2;
  return {
    newToOld: each((taken) => compare(mean(taken, "new"), mean(taken, "old"))),
    oldToOld: each((taken) => compare(taken["old-again"], taken.old)),
    newToNew: each((taken) => compare(taken["new-again"], taken.new)),
    oldMs: each((taken) => mean(taken, "old")),
  };
}

/** From before the import until a client can be called, in pages that have nothing cached. */
async function measureReady(browser, origin, { starts }) {
  const turns = [];
  for (let turn = 0; turn < starts; turn += 1) {
    const taken = await turnOf(turn, async (lane) => {
      const { context, page } = await fresh(browser, origin);
      const ms = await page.evaluate((lane) => globalThis.ready(lane), lane);
      await context.close();
      return ms;
    });
    turns.push(taken);
  }
  return compared(turns, FIGURES.ready);
}

/** Calls and uploads, and by how many bytes uploads made the module's memory grow, by lane. */
async function measureCalls(browser, origin, settings) {
  const opened = {};
  for (const lane of LANES) {
    opened[lane] = await fresh(browser, origin);
    await opened[lane].page.evaluate((lane) => globalThis.prepare(lane), lane);
    await opened[lane].page.evaluate((lane) => globalThis.prepareOwn(lane), lane);
  }
  const onPages = async (work) => {
    const values = {};
    for (const lane of LANES) values[lane] = await work(opened[lane].page);
    return values;
  };
  const wasmBytes = () => onPages((page) => page.evaluate("globalThis.wasmBytes()"));
  const figures = {};
  const growth = Object.fromEntries(LANES.map((lane) => [lane, 0]));
  for (const way of WAYS) {
    const isUpload = way === "upload" || way === "cut";
    const count = isUpload ? settings.uploadTurns : settings.turns;
    const turns = [];
    let before;
    // The first turn warms up.
    for (let turn = -1; turn < count; turn += 1) {
      if (turn === 0) before = await wasmBytes();
      const taken = await turnOf(turn + 1, async (lane) => {
        const { client } = await opened[lane].page.evaluate(
          ([way, settings]) => globalThis.turn(way, ["client"], settings),
          [way, settings],
        );
        return client;
      });
      if (turn >= 0) turns.push(taken);
    }
    figures[way] = compared(turns, FIGURES[way]);
    if (!isUpload) continue;
    const after = await wasmBytes();
    for (const lane of LANES) growth[lane] += after[lane] - before[lane];
  }
  for (const { context } of Object.values(opened)) await context.close();
  return { figures, growth };
}

/** Answers `{ chromium, rounds, growth }`: of each round what the figures came to. */
export async function benchBefore(dists, overrides = {}) {
  const settings = { ...SETTINGS, ...overrides };
  const pages = timingPages();
  for (const lane of LANES) {
    const entry = join(dists[lane.split("-")[0]], "index.browser.js");
    pages.set(`/bundles/${lane}.js`, await bundled(`export { createClient } from ${JSON.stringify(entry)};`));
  }
  const server = await startServer(pages);
  try {
    const browser = await launchChromium();
    try {
      const rounds = [];
      const growth = Object.fromEntries(LANES.map((lane) => [lane, 0]));
      // One start of each, which nobody counts: the browser's own first ones.
      await measureReady(browser, server.origin, { starts: 1 });
      for (let round = 0; round < settings.rounds; round += 1) {
        const ready = await measureReady(browser, server.origin, settings);
        const calls = await measureCalls(browser, server.origin, settings);
        rounds.push({ ...calls.figures, ready, load: loadavg()[0] });
        for (const lane of LANES) growth[lane] += calls.growth[lane];
      }
      return { chromium: browser.version(), settings, rounds, growth };
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

/** All rounds, and the medians beside their limits: `{ text, isMet }`. */
export function report({ chromium, settings, rounds, growth }) {
  const lines = [`Chromium ${chromium}, ${availableParallelism()} processors; new is this checkout, old ${COMMIT}`];
  const line = (title, cells) => lines.push(title.padEnd(34) + cells.map((cell) => String(cell).padStart(9)).join(""));
  let isMet = true;
  line("", [...rounds.map((_, index) => `round ${index + 1}`), "median", "limit"]);
  for (const [name, { title, format, limit }] of Object.entries(FIGURES)) {
    const row = (what, key, end) => {
      const values = rounds.map((round) => round[name][key]);
      line(what, [...values.map(format), format(median(values)), ...end]);
      return median(values);
    };
    const measured = row(`${title}, new to old`, "newToOld", Number.isFinite(limit) ? [`<= ${limit}`] : []);
    if (Number.isFinite(limit)) lines[lines.length - 1] += measured <= limit ? "  met" : "  MISSED";
    isMet &&= measured <= limit;
    row("  old to itself", "oldToOld", []);
    row("  new to itself", "newToNew", []);
  }
  const callMs = (way) => (median(rounds.map((round) => round[way].oldMs)) / settings.calls).toFixed(3);
  line("load of the machine (1 min)", [...rounds.map(({ load }) => load.toFixed(1))]);
  lines.push(
    "",
    `A call of the old one takes ${callMs("sequential")} ms, one by one; ${callMs("own")} over a fetch that answers at once.`,
  );
  const grown = (name) => growth[name] + growth[`${name}-again`];
  lines.push(
    `By its uploads the memory of the old module grew by ${grown("old")} bytes, of the new by ${grown("new")}.`,
  );
  return { text: lines.join("\n"), isMet: isMet && grown("new") === 0 };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build();
  const dists = { old: await packageOf(COMMIT), new: join(root, "dist") };
  const { text, isMet } = report(await benchBefore(dists));
  console.log(text);
  if (!isMet) process.exitCode = 1;
}
