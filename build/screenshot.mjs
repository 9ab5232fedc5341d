// `node build/screenshot.mjs`: takes docs/demo.png, the README's picture of the demo page, from the page itself. It
// leaves out nothing and adds nothing.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launchChromium } from "../tests/support/browsers.mjs";
import { drawPhoto } from "../tests/support/page.mjs";
import { startServer } from "./serve.mjs";
import { root } from "./versions.mjs";

const VIEWPORT = { width: 1120, height: 860 };

const server = await startServer();
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: "light" });
  await page.goto(server.url);
  await page.fill("#prompt", "A red kite above the dunes, late afternoon, long shadows");
  await page.setInputFiles("#file", [await drawPhoto(page, "kite.png", 10), await drawPhoto(page, "dunes.png", 45)]);
  await page.selectOption("#param-aspect_ratio", "16:9");
  await page.click("#generate");
  await page.waitForFunction(() => {
    const picture = document.querySelector("#pictures img");
    return picture instanceof HTMLImageElement && picture.naturalWidth > 0;
  });
  await page.evaluate(() => scrollTo(0, 0));
  mkdirSync(join(root, "docs"), { recursive: true });
  await page.screenshot({ path: join(root, "docs/demo.png") });
} finally {
  await browser.close();
  await server.close();
}
