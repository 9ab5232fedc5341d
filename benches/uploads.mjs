// `npm run bench:uploads`: in Chromium, what it takes to cut the metadata out of pictures of 30 MB, against one plain
// read of the same file, and to upload 14 of them and submit, against bare fetch of the same forms: all at once, four
// at a time, and four at a time with each file read once before it is sent. In turn in one run; medians, and the median
// of the ratios. Uploads go over a line of 1 Gbit/s, as fast as any that a visitor has, and once more as fast as
// loopback takes them: there two processors are the line, and whoever reads files to look for metadata is no faster
// than the last of the three.

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../tests/support/browsers.mjs";
import { readStatic } from "../src/npm/cli/static.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CUTTING_ROUNDS = Number(process.env.ROUNDS ?? 15);
const UPLOADING_ROUNDS = Number(process.env.ROUNDS ?? 5);
const FILES = 14;
const CUT_WIDTHS = [26, 10, 12, 12, 12, 10, 12];
const UPLOAD_WIDTHS = [26, 10, 10, 10, 10, 10, 10, 10, 10];
/** 1 Gbit/s. */
const LINE_BYTES_PER_MS = 125_000;

/** A line that all connections share: `arrive(bytes)` resolves when so many have come through. */
function lineOf(bytesPerMs) {
  let freeMs = 0;
  return async (bytes) => {
    const nowMs = performance.now();
    freeMs = Math.max(freeMs, nowMs) + bytes / bytesPerMs;
    // A timer's step: what is waited too long is made up for by the next pieces.
    if (freeMs - nowMs > 1) await sleep(freeMs - nowMs);
  };
}

/** Takes whatever is uploaded, and forgets it: what is measured is the page. Below `/line` it comes over the line. */
async function serve() {
  const arrive = lineOf(LINE_BYTES_PER_MS);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const json = (body) => response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    if (request.method === "POST") {
      const isSlow = pathname.startsWith("/line/");
      for await (const piece of request) if (isSlow) await arrive(piece.length);
      if (pathname.endsWith("/files")) return json({ id: "file_1", url: "https://cdn.invalid/1", kind: "image" });
      return json({
        id: "task_1",
        status: "succeeded",
        model: "nano-banana-2",
        result: { primary_url: "https://cdn.invalid/2", urls: ["https://cdn.invalid/2"] },
        error: null,
      });
    }
    const folder = pathname.startsWith("/dist/") || pathname.startsWith("/tests/") ? ROOT : `${ROOT}benches/uploads`;
    const found = await readStatic(folder, pathname === "/" ? "/page.html" : pathname);
    if (found === null) return response.writeHead(404).end();
    return response.writeHead(200, { "Content-Type": found.mimeType }).end(found.bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => (server.close(), server.closeAllConnections()),
  };
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(2);
const row = (cells, widths) =>
  console.log(
    cells
      .map((cell, index) => (index === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[index])))
      .join(""),
  );

const { origin, close } = await serve();
const browser = await launchChromium();
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(origin);
  await page.waitForFunction("globalThis.isReady", null, { timeout: 60_000 });
  console.log(`Cutting, ${CUTTING_ROUNDS} rounds`);
  row(["", "MB", "MB read", "plain ms", "cut ms", "ratio", "wasm +MB"], CUT_WIDTHS);
  for (const { name, bytes, readBytes, plainMs, cutMs, ratio, growthBytes } of await page.evaluate(
    (rounds) => globalThis.cutting(rounds),
    CUTTING_ROUNDS,
  )) {
    row(
      [
        name,
        megabytes(bytes),
        megabytes(readBytes),
        plainMs.toFixed(1),
        cutMs.toFixed(1),
        ratio.toFixed(2),
        megabytes(growthBytes),
      ],
      CUT_WIDTHS,
    );
  }
  for (const [base, line] of [
    ["/line", "over 1 Gbit/s"],
    ["", "over loopback"],
  ]) {
    console.log(`\nUploading ${FILES} files of 30 MB at once, ${line}, ${UPLOADING_ROUNDS} rounds`);
    row(["", "bare ms", "4 a time", "read ms", "ours ms", "to bare", "to 4", "to read", "wasm +MB"], UPLOAD_WIDTHS);
    const uploads = await page.evaluate(
      ([rounds, files, base]) => globalThis.uploading(rounds, files, base),
      [UPLOADING_ROUNDS, FILES, base],
    );
    for (const { name, ms, to, growthBytes } of uploads) {
      const times = [ms.bare, ms.fourAtATime, ms.readFirst, ms.ours].map((each) => each.toFixed(0));
      row(
        [
          name,
          ...times,
          ...[to.bare, to.fourAtATime, to.readFirst].map((each) => each.toFixed(3)),
          megabytes(growthBytes),
        ],
        UPLOAD_WIDTHS,
      );
    }
  }
} finally {
  await browser.close();
  close();
}
