/**
 * The tarball in the tools that this repository has anyway. `npm run test:matrix` adds those that must be fetched
 * first.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";
import {
  assertFromTarball,
  assertJourney,
  COPIES,
  ENTRIES,
  packOnce,
  PAGE_TOOLS,
  readPage,
  runInWorkerd,
  runScript,
} from "./matrix.mjs";

describe("the tarball in a stranger's project", () => {
  let packed;
  const browsers = {};

  before(async () => {
    [packed, browsers.Chromium, browsers.Firefox] = await Promise.all([packOnce(), launchChromium(), launchFirefox()]);
  });
  after(async () => {
    for (const browser of Object.values(browsers)) await browser?.close();
    packed?.remove();
  });

  for (const { name, open, entries = ENTRIES, engines = ["Chromium"], resolves = true, builds = true } of PAGE_TOOLS) {
    for (const entry of entries) {
      describe(`${name}, ${entry} entry`, () => {
        let folder;
        let page;

        before(async () => {
          folder = packed.project("page");
          page = await open(folder, entry);
        });
        after(() => page?.close());

        for (const browser of engines) {
          test(`the_page_in_${browser}_uploads_generates_and_downloads`, async () => {
            const { told, complaints } = await readPage(browsers[browser], page.url);
            assertJourney(told);
            assert.deepEqual(complaints, []);
          });
        }

        if (resolves) {
          test("what_the_tool_took_came_out_of_the_tarball", () =>
            assertFromTarball(page.sources(), { folder, entry }));
        }
        if (builds) {
          test("the_output_holds_each_module_once", () => assert.deepEqual(packed.copies(page.files), COPIES[entry]));
        }
      });
    }
  }

  for (const entry of ENTRIES) {
    test(`a_script_in_node_uploads_generates_and_downloads_with_the_${entry}_entry`, async () => {
      assertJourney(await runScript([process.execPath], packed.project("node"), entry));
    });

    test(`a_worker_uploads_generates_and_downloads_with_the_${entry}_entry_and_holds_each_module_once`, async () => {
      const { told, files } = await runInWorkerd(packed.project("workerd"), entry);
      assertJourney(told);
      assert.deepEqual(packed.copies(files), { client: { embedded: 0, file: 1 }, emulator: { embedded: 0, file: 1 } });
    });
  }
});
