// `npm run bench:clients`: what a page pays for this client and for others of its kind, in Chromium, over one server
// that answers all of them at once: until it is ready, for a call and for an upload above bare fetch of the same
// request, and for its download. In turn, in one run; other work on the machine moves all of them, so medians of many
// short turns are told, and of ratios within one turn. Prints a table and draws a picture.

import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launchChromium } from "../tests/support/browsers.mjs";
import { makePages } from "./clients/pages.mjs";
import { picture } from "./clients/picture.mjs";
import { startServer } from "./clients/server.mjs";

const PICTURE = fileURLToPath(new URL("../docs/clients.svg", import.meta.url));

/** What is asked of ours. */
const AIMS = { readyMs: 15, sequential: 1.1, together: 1.05, upload: 1.02 };

const COUNTS = { starts: 15, turns: 50, calls: 20, atOnce: 20, uploadTurns: 20, uploads: 1 };

/** What each turn of a way is told: uploads take longer, and need fewer. */
const turnsOf = (way, { turns, uploadTurns }) => (way === "upload" || way === "cut" ? uploadTurns : turns);

/** The middle one, or the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * A page in a context of its own: nothing is cached, neither files nor compiled code. Closing its context closes it.
 */
export async function fresh(browser, origin) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(origin);
  await page.waitForFunction("globalThis.isPrepared", null);
  return { context, page };
}

/**
 * Milliseconds until ready above those of a page that imports nothing, by name; the first turn warms the browser up.
 */
async function measureStarts(browser, origin, names, starts) {
  const above = Object.fromEntries(names.map((name) => [name, []]));
  const all = ["plain", ...names];
  for (let turn = -1; turn < starts; turn += 1) {
    const taken = {};
    // Who is first changes.
    for (const [index] of all.entries()) {
      const name = all[(index + Math.max(turn, 0)) % all.length];
      const { context, page } = await fresh(browser, origin);
      taken[name] = await page.evaluate((name) => globalThis.ready(name), name);
      await context.close();
    }
    if (turn >= 0) for (const name of names) above[name].push(taken[name] - taken.plain);
  }
  return Object.fromEntries(names.map((name) => [name, median(above[name])]));
}

/**
 * Ratios to bare fetch: name → way → ratio, with the milliseconds of one bare call or upload beside it. Each client has
 * a page of its own.
 */
async function measureCalls(browser, origin, names, counts) {
  const lanes = [];
  for (const name of names) {
    const { page } = await fresh(browser, origin);
    const ways = await page.evaluate((name) => globalThis.prepare(name), name);
    lanes.push({ name, page, ways, taken: Object.fromEntries(ways.map((way) => [way, []])) });
  }
  for (const way of new Set(lanes.flatMap(({ ways }) => ways))) {
    for (let turn = -1; turn < turnsOf(way, counts); turn += 1) {
      const order = turn % 2 === 0 ? ["client", "bare"] : ["bare", "client"];
      for (const { page, ways, taken } of lanes) {
        if (!ways.includes(way)) continue;
        const both = await page.evaluate(
          ([way, order, counts]) => globalThis.turn(way, order, counts),
          [way, order, counts],
        );
        // The first turn warms up.
        if (turn >= 0) taken[way].push(both);
      }
    }
  }
  const perTurn = { sequential: counts.calls, together: counts.calls, upload: counts.uploads, cut: counts.uploads };
  const figures = (taken, way) => ({
    ratio: median(taken.map(({ client, bare }) => client / bare)),
    bareMs: median(taken.map(({ bare }) => bare)) / perTurn[way],
  });
  return Object.fromEntries(
    lanes.map(({ name, ways, taken }) => [
      name,
      Object.fromEntries(ways.map((way) => [way, figures(taken[way], way)])),
    ]),
  );
}

/**
 * Answers `{ chromium, settings, counts, chance, clients: [{ name, title, version, isOurs, sizes, readyMs, calls }] }`;
 * `counts`: what the server was asked for; `chance`: what bare fetch takes to itself.
 */
export async function benchClients(overrides = {}) {
  const settings = { ...COUNTS, ...overrides };
  const { pages, clients } = await makePages();
  const names = clients.map(({ name }) => name);
  const server = await startServer(pages);
  try {
    const browser = await launchChromium();
    try {
      const readyMs = await measureStarts(browser, server.origin, names, settings.starts);
      const { plain: chance, ...calls } = await measureCalls(browser, server.origin, ["plain", ...names], settings);
      const measured = clients.map((client) => ({
        ...client,
        readyMs: readyMs[client.name],
        calls: calls[client.name],
      }));
      return { chromium: browser.version(), settings, counts: await server.counts(), chance, clients: measured };
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

const DASH = "—";
const ratioText = (ratio) => ratio.toFixed(3);
const msText = (ms) => `${ms.toFixed(1)} ms`;
const bytesText = (bytes) => bytes.toLocaleString("en");
const ratioOf = ({ calls }, way) => calls[way]?.ratio ?? NaN;
const cell = (value, format) => (Number.isFinite(value) ? format(value) : DASH);

const COLUMNS = [
  ["client", ({ title }) => title],
  ["version", ({ version }) => version],
  ["ready above plain", ({ readyMs }) => msText(readyMs)],
  ["one by one", (client) => cell(ratioOf(client, "sequential"), ratioText)],
  ["20 at a time", (client) => cell(ratioOf(client, "together"), ratioText)],
  ["upload", (client) => cell(ratioOf(client, "upload"), ratioText)],
  ["upload, cut", (client) => cell(ratioOf(client, "cut"), ratioText)],
  ["raw", ({ sizes }) => bytesText(sizes.raw)],
  ["gzip -9", ({ sizes }) => bytesText(sizes.gzip)],
  ["brotli 11", ({ sizes }) => bytesText(sizes.brotli)],
];

const NOTES = [
  "Calls and uploads: time to that of bare fetch of the same request, in the same page and turn. Bytes: the minified bundle, and the module beside it.",
  "The call: credits.retrieve of ours (looks at generations are paced at five a second), queue.status of fal, predictions.get, models.retrieve.",
  "Upload: a PNG of 10 MB in a form; cut: with metadata that ours finds and cuts out, which no other does. fal has no upload in a form: it asks for a",
  "URL and puts the file there, which bare fetch of one request can't be set against.",
];

/** A Markdown table, its columns aligned. */
function table(clients) {
  const rows = [COLUMNS.map(([title]) => title), ...clients.map((client) => COLUMNS.map(([, text]) => text(client)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const padded = (text, column) => text[column < 2 ? "padEnd" : "padStart"](widths[column]);
  const line = (cells) => `| ${cells.map(padded).join(" | ")} |`;
  const rule = widths.map((width, column) => (column < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(rows[0]), line(rule), ...rows.slice(1).map(line)].join("\n");
}

function verdicts(clients) {
  const aimed = [
    ["ready above the plain page", AIMS.readyMs, ({ readyMs }) => readyMs, msText],
    ["calls one by one, to bare fetch's", AIMS.sequential, (client) => ratioOf(client, "sequential"), ratioText],
    ["calls 20 at a time, to bare fetch's", AIMS.together, (client) => ratioOf(client, "together"), ratioText],
    ["upload, to bare fetch's", AIMS.upload, (client) => ratioOf(client, "upload"), ratioText],
    ["upload with cutting, to bare fetch's", AIMS.upload, (client) => ratioOf(client, "cut"), ratioText],
  ];
  return clients
    .filter(({ isOurs }) => isOurs)
    .flatMap((client) =>
      aimed.map(([name, aim, valueFor, format]) => {
        const value = valueFor(client);
        const verdict = value <= aim ? "met   " : "MISSED";
        const what = client.title.padEnd(17) + name.padEnd(38);
        return `${verdict}  ${what}<= ${format(aim).padEnd(10)}${format(value)}`;
      }),
    );
}

/** The table, the aims beside what was measured, and what a bare call took. */
export function report({ chromium, chance: { sequential, together, upload }, clients }) {
  const [callMs, togetherMs] = [sequential, together].map(({ bareMs }) => bareMs.toFixed(2));
  const ms = `${callMs} ms a call, ${togetherMs} ms at 20 a time, ${upload.bareMs.toFixed(1)} ms an upload`;
  const off = [sequential, together, upload].map(({ ratio }) => ratioText(ratio)).join(", ");
  return [
    `Chromium ${chromium}. Bare fetch: ${ms}; to itself, by chance alone: ${off}`,
    "",
    table(clients),
    "",
    ...NOTES,
    "",
    ...verdicts(clients),
  ].join("\n");
}

/** The same as bars. */
export function draw({ chromium, chance, clients }, date) {
  const rows = (valueFor) =>
    clients.map((client) => ({ name: client.title, value: valueFor(client), isOurs: client.isOurs }));
  const ratios = (way) => ({
    rows: rows((client) => ratioOf(client, way)),
    origin: 1,
    aim: AIMS[way],
    format: ratioText,
  });
  const versions = clients.filter(({ name }) => name !== "slim").map(({ title, version }) => `${title} ${version}`);
  const off = ["sequential", "together", "upload"].map((way) => ratioText(chance[way].ratio)).join(", ");
  const notes = [
    `${date}, Chromium ${chromium}, headless, one local server, medians of one run; bare fetch to itself, by chance alone: ${off}`,
    versions.join(", "),
  ];
  return picture("What a page pays for a client", notes, [
    {
      title: "Import to ready, above a plain page",
      rows: rows(({ readyMs }) => readyMs),
      aim: AIMS.readyMs,
      format: msText,
    },
    { title: "Calls one by one: time to bare fetch's", ...ratios("sequential") },
    { title: "Calls 20 at a time: time to bare fetch's", ...ratios("together") },
    { title: "Upload of 10 MB: time to bare fetch's", ...ratios("upload") },
    {
      title: "Download, brotli 11",
      rows: rows(({ sizes }) => sizes.brotli),
      format: (bytes) => `${bytesText(bytes)} bytes`,
    },
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const measured = await benchClients();
  console.log(report(measured));
  writeFileSync(PICTURE, draw(measured, new Date().toISOString().slice(0, 10)));
}
