// A module that crashes while somebody waits for its answer: in a page, where nothing else would tell.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveStatic } from "../../build/static-server.mjs";
import { launchChromium } from "../support/browsers.mjs";
import { openPage } from "../support/page.mjs";

const PAGE = `<!doctype html><title>crash</title><link rel="icon" href="data:,"><script type="module">
  import { createEmulator } from "/dist/emulator.browser.js";
  // (module (func (export "trap") unreachable))
  const bytes = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0,
    11,
  ];
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes));
  const listeners = { error: 0 };
  const listen = globalThis.addEventListener.bind(globalThis);
  for (const [name, step] of [["addEventListener", 1], ["removeEventListener", -1]]) {
    const real = globalThis[name];
    globalThis[name] = function (type, ...rest) {
      if (type in listeners) listeners[type] += step;
      return real.call(this, type, ...rest);
    };
  }
  const emulator = await createEmulator({ faults: { seed: 1, rate: 1, kinds: ["slow"] } });
  const slow = () =>
    emulator.fetch(emulator.options.baseUrl + "/models").then(
      ({ status }) => status,
      (error) => error.name + ": " + error.message,
    );
  /** In a task of its own, as what the module does is: nobody could catch it. */
  const inTask = (work) =>
    new Promise((resolve) => {
      listen("error", () => resolve(), { once: true });
      setTimeout(work);
    });
  window.app = {
    crash: () => inTask(() => instance.exports.trap()),
    fail: () => inTask(() => { throw new Error("of the page's own"); }),
    slow,
    both: async (how) => { const waiting = [slow(), slow()]; await window.app[how](); return Promise.all(waiting); },
    listeners: () => listeners.error,
  };
</script>`;

let browser;
let server;
before(async () => {
  server = await serveStatic({
    folders: { "/dist/": fileURLToPath(new URL("../../dist", import.meta.url)) },
    pages: { "/": PAGE },
  });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A page with an emulator whose answers take a while. */
async function visit(t) {
  const { page, context } = await openPage(browser, server.origin);
  t.after(() => context.close());
  await page.waitForFunction(() => window.app);
  return (name, argument) => page.evaluate(([name, argument]) => window.app[name](argument), [name, argument]);
}

test("whoever_waits_hears_of_a_crash_as_of_a_lost_connection_and_the_next_one_is_answered", async (t) => {
  const app = await visit(t);
  const told = await app("both", "crash");
  assert.deepEqual(told, Array(2).fill("TypeError: the emulator crashed: unreachable"));
  assert.equal(await app("slow"), 200);
  assert.equal(await app("listeners"), 0);
});

test("what_fails_in_the_page_itself_is_no_crash_of_the_emulator", async (t) => {
  const app = await visit(t);
  assert.deepEqual(await app("both", "fail"), [200, 200]);
});
