// That the bench of the clients runs, measures and really calls: not how fast. Other work on the machine must not fail
// a test.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { benchClients, draw, report } from "../../benches/clients.mjs";

const SETTINGS = { starts: 1, turns: 1, calls: 20, atOnce: 20, uploadTurns: 1, uploads: 1 };

/** Where each client's small call and its upload arrive; its ways to call beside them. */
const ROUTES = {
  rivya: { look: "/api/rivya/credits", upload: "/api/rivya/files", ways: ["sequential", "together", "upload", "cut"] },
  slim: { look: "/api/slim/credits", upload: "/api/slim/files", ways: ["sequential", "together", "upload", "cut"] },
  fal: { look: "/api/fal/proxy", ways: ["sequential", "together"] },
  replicate: {
    look: "/api/replicate/predictions/bench",
    upload: "/api/replicate/files",
    ways: ["sequential", "together", "upload"],
  },
  openai: { look: "/api/openai/models/bench", upload: "/api/openai/files", ways: ["sequential", "together", "upload"] },
};

describe("the bench of the clients", () => {
  let measured;
  before(async () => {
    measured = await benchClients(SETTINGS);
  });

  test("every_figure_is_a_number", () => {
    assert.deepEqual(measured.clients.map(({ name }) => name).sort(), Object.keys(ROUTES).sort());
    for (const { name, version, readyMs, calls, sizes } of measured.clients) {
      assert.match(version, /^\d+\.\d+\.\d+/, name);
      assert.ok(Number.isFinite(readyMs), name);
      assert.deepEqual(Object.keys(calls), ROUTES[name].ways);
      for (const { ratio, bareMs } of Object.values(calls))
        assert.ok(Number.isFinite(ratio) && ratio > 0 && Number.isFinite(bareMs) && bareMs > 0, name);
      assert.ok(sizes.raw > sizes.gzip && sizes.gzip > sizes.brotli && sizes.brotli > 0, name);
    }
  });

  test("each_client_and_the_fetch_beside_it_called_the_server_as_often_as_was_timed", () => {
    // One turn warms up; beside it, each way's first request is looked at, to be repeated by bare fetch.
    const rounds = SETTINGS.turns + 1;
    for (const { look, upload, ways } of Object.values(ROUTES)) {
      const looks = 2 * rounds * SETTINGS.calls;
      assert.equal(measured.counts.get(look), looks + 1, look);
      assert.equal(measured.counts.get(`${look}?bare`), looks, look);
      if (upload === undefined) continue;
      const kinds = ways.length - 2;
      const uploads = kinds * rounds * SETTINGS.uploads;
      assert.equal(measured.counts.get(upload), uploads + kinds, upload);
      assert.equal(measured.counts.get(`${upload}?bare`), uploads, upload);
    }
  });

  test("the_table_says_of_each_aim_whether_it_is_met", () => {
    const text = report(measured);
    assert.equal(text.match(/^(met|MISSED)/gm).length, 10);
    for (const { title } of measured.clients) assert.ok(text.includes(`| ${title}`), title);
    assert.doesNotMatch(text, /NaN|undefined/);
  });

  test("the_picture_names_the_clients_the_day_and_both_schemes", () => {
    const svg = draw(measured, "2026-01-02");
    for (const { title, version } of measured.clients) assert.ok(svg.includes(title) && svg.includes(version), title);
    assert.match(svg, /2026-01-02/);
    assert.match(svg, /prefers-color-scheme: dark/);
    assert.doesNotMatch(svg, /NaN|undefined/);
  });
});
