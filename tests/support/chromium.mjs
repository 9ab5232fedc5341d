import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

// No sandbox: it needs rights that containers and root lack, and only pages of ours are opened. The rest keeps it off the network.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The Chromium to test with: `CHROMIUM`, else where systems put it, else Playwright's own. Throws with what to install. */
export function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM names ${named}, which does not exist`);
  }
  const found = [...PLACES, chromium.executablePath()].find((place) => place && existsSync(place));
  if (found) return found;
  throw new Error("no Chromium found: `apt-get install chromium`, or `npx playwright-core install chromium`, or name one in CHROMIUM");
}

/** A headless Chromium. The caller closes it. */
export const launchChromium = () => chromium.launch({ executablePath: findChromium(), args: FLAGS });
