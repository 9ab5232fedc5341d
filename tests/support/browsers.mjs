import { chromium, firefox } from "playwright-core";
import { setUpBrowser, setUpFirefox } from "../../build/browser.mjs";

// No sandbox: it needs rights that containers and root lack, and only pages of ours are opened. The rest keeps it off
// the network.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless Chromium, with `flags` beside ours. The caller closes it. */
export async function launchChromium({ flags = [] } = {}) {
  const { chromium: executablePath } = await setUpBrowser();
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
}

/** A headless Firefox, as the system has it: playwright talks to it by WebDriver BiDi. The caller closes it. */
export async function launchFirefox() {
  return firefox.launch({ executablePath: await setUpFirefox(), channel: "moz-firefox" });
}
