import { chromium } from "playwright-core";
import { setUpBrowser } from "../../build/browser.mjs";

// No sandbox: it needs rights that containers and root lack, and only pages of ours are opened. The rest keeps it off the network.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless Chromium. The caller closes it. */
export async function launchChromium() {
  const { chromium: executablePath } = await setUpBrowser();
  return chromium.launch({ executablePath, args: FLAGS });
}
