import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { chromium } from "playwright-core";

const CHROMIUM_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

// No sandbox: it needs rights that containers and root lack, and only our own pages are opened. The rest keeps the browser off the network.
const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const MIME_TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

/** The Chromium to test with: `CHROMIUM`, else where systems put it, else Playwright's own. Throws with what to install. */
export function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM names ${named}, which does not exist`);
  }
  const found = [...CHROMIUM_PLACES, chromium.executablePath()].find((place) => place && existsSync(place));
  if (found) return found;
  throw new Error("no Chromium found: `apt-get install chromium`, or `npx playwright-core install chromium`, or name one in CHROMIUM");
}

/** A headless Chromium. The caller closes it. */
export const launchChromium = () => chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });

/** Serves one folder on 127.0.0.1 as any static host would. Answers `{ url, close }`. */
export async function serveFolder(folder) {
  const server = createServer((request, response) => {
    sendFile(folder, request, response).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

async function sendFile(folder, request, response) {
  const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  const file = normalize(join(folder, path.endsWith("/") ? `${path}index.html` : path));
  const found = file.startsWith(normalize(folder + sep)) ? await stat(file).catch(() => null) : null;
  if (!found?.isFile()) {
    response.writeHead(404, { "Content-Type": "text/plain" }).end(`nothing at ${path}`);
    return;
  }
  response.writeHead(200, { "Content-Type": MIME_TYPES[extname(file)] ?? "application/octet-stream", "Content-Length": found.size });
  await pipeline(createReadStream(file), response);
}

/** A page in a context of its own, with everything that it complained of (`complaints`) and asked for (`requests`, URLs). */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const complaints = [];
  const requests = [];
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("request", (request) => requests.push(request.url()));
  await page.exposeFunction("reportViolation", (violation) => complaints.push(`policy: ${violation}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportViolation(`${event.violatedDirective} blocked ${event.blockedURI}`);
    });
  });
  await page.goto(url);
  return { page, context, complaints, requests };
}

/** A PNG that the browser itself has drawn, as `setFiles` takes it. */
export async function drawPhoto(page, name, hue) {
  const base64 = await page.evaluate(async (hue) => {
    const canvas = new OffscreenCanvas(320, 240);
    const paint = canvas.getContext("2d");
    paint.fillStyle = `hsl(${hue} 55% 55%)`;
    paint.fillRect(0, 0, 320, 240);
    paint.fillStyle = `hsl(${hue + 40} 70% 80%)`;
    paint.beginPath();
    paint.arc(210, 90, 50, 0, 2 * Math.PI);
    paint.fill();
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  }, hue);
  return { name, mimeType: "image/png", buffer: Buffer.from(base64, "base64") };
}

/** A real DataTransfer that holds the files, for drag events. */
export const dataTransferOf = (page, files) =>
  page.evaluateHandle(
    (files) => {
      const transfer = new DataTransfer();
      for (const { name, mimeType, base64 } of files) {
        transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: mimeType }));
      }
      return transfer;
    },
    files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") })),
  );
