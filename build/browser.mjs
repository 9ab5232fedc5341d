// The browsers that tests and screenshots run in, and Chromium's driver.

import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, step } from "./run.mjs";

const CHROMIUM_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const FIREFOX_PLACES = ["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"];
const DEBIAN_PACKAGES = ["chromium", "chromium-driver"];
const FIREFOX_PACKAGES = ["firefox-esr"];
const WEBKIT_PROGRAMS = ["WebKitWebDriver", "Xvfb"];
const WEBKIT_PACKAGES = ["webkit2gtk-driver", "xvfb"];
const ADVICE = `Tests run in Chromium, driven by its chromedriver.
On Debian and Ubuntu: apt-get install ${DEBIAN_PACKAGES.join(" ")}.
On other systems install Chrome or Chromium and the chromedriver of the same version,
or name them in the environment variables CHROMIUM and CHROMEDRIVER.`;

/** The Chromium to use: `CHROMIUM`, else where systems put it; null where there is none. */
export function findChromium() {
  return named("CHROMIUM") ?? CHROMIUM_PLACES.find((place) => existsSync(place)) ?? null;
}

/** Its driver: `CHROMEDRIVER`, else the first one on the path; null where there is none. */
export function findChromedriver() {
  return named("CHROMEDRIVER") ?? onPath("chromedriver");
}

/** The Firefox to use: `FIREFOX`, else where systems put it; null where there is none. */
export function findFirefox() {
  return named("FIREFOX") ?? FIREFOX_PLACES.find((place) => existsSync(place)) ?? null;
}

/** @param {string} program */
function onPath(program) {
  const places = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return places.map((place) => join(place, program)).find((file) => existsSync(file)) ?? null;
}

/** @param {string} variable */
function named(variable) {
  const file = process.env[variable];
  if (!file) return null;
  if (!existsSync(file)) throw new Error(`${variable} names ${file}, which does not exist`);
  return file;
}

/** Both, installed where that is possible without asking anybody. */
export async function setUpBrowser() {
  if (findChromium() === null || findChromedriver() === null) await installed(DEBIAN_PACKAGES);
  const [chromium, chromedriver] = [findChromium(), findChromedriver()];
  if (chromium === null) throw new Error(`No Chromium found. ${ADVICE}`);
  if (chromedriver === null) throw new Error(`No chromedriver found. ${ADVICE}`);
  return { chromium, chromedriver };
}

/** Firefox, installed where that is possible without asking anybody. */
export async function setUpFirefox() {
  if (findFirefox() === null) await installed(FIREFOX_PACKAGES);
  const firefox = findFirefox();
  if (firefox === null)
    throw new Error(
      `No Firefox found. On Debian: apt-get install ${FIREFOX_PACKAGES.join(" ")}. ` +
        "Elsewhere name it in the environment variable FIREFOX.",
    );
  return firefox;
}

/**
 * The driver of WebKitGTK and a display for it, installed where that is possible without asking anybody; null where
 * they are missing.
 */
export async function setUpWebKit() {
  const find = () => WEBKIT_PROGRAMS.map(onPath);
  if (find().includes(null)) await installed(WEBKIT_PACKAGES);
  const [driver, display] = find();
  return driver === null || display === null ? null : { driver, display };
}

/**
 * Where nobody need be asked: root on Debian or Ubuntu.
 *
 * @param {readonly string[]} packages
 */
export async function installed(packages) {
  if (!isDebian() || process.getuid?.() !== 0) return;
  await step(packages.join(" "), async () => {
    await run("apt-get", ["update", "-q"], { quiet: true });
    await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], {
      quiet: true,
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
  });
}

function isDebian() {
  return (
    existsSync("/etc/os-release") && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"))
  );
}
