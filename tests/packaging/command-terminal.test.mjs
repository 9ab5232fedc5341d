// The line that tells how far the command is, on a terminal: a pseudo-terminal, as a person's is one.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { wordsOf } from "../../src/npm/cli/progress.js";
import { smallJpeg } from "../support/pictures.mjs";
import { screensOf } from "../support/terminal.mjs";
import { workshop } from "./workshop.mjs";

const CLEAR = "\r\x1b[K";
const PACE = { queuedMs: 300, processingMs: 300 };

/** What was written to the line, one text after the other, and what stood on the screen meanwhile. */
async function generateOn(t, columns) {
  const { runOn, emulator, at } = await workshop(t, { pace: PACE });
  writeFileSync(at("photo.jpg"), smallJpeg());
  const { code, out } = await runOn(columns, "generate", "A red kite", "--reference", "photo.jpg").ended;
  assert.equal(code, 0, out);
  const [, ...texts] = out.slice(0, out.lastIndexOf(CLEAR)).split(CLEAR);
  return { texts, screens: screensOf(out), file: `${emulator.ledger().charges[0].id}.jpg` };
}

test("on_a_terminal_progress_is_one_line_that_is_rewritten_and_gone_in_the_end", async (t) => {
  const { texts, screens, file } = await generateOn(t, 100);
  for (const expected of [
    /^Uploading reference 1 of 1: 0 %$/,
    /^Uploading reference 1 of 1: 100 %$/,
    /^Sending the request$/,
    /^Waiting in the queue, \d+ s$/,
    /^Fetching the result$/,
  ])
    assert.ok(
      texts.some((text) => expected.test(text)),
      `${expected} is not among ${JSON.stringify(texts)}`,
    );
  const [made, name, ...rest] = screens.at(-1);
  assert.match(made, /^Made by nano-banana-2 in \d+ s, for \d+ credits\.$/);
  assert.deepEqual([name, ...rest], [file, ""]);
  const whileRunning = screens.slice(0, screens.findLastIndex(([first]) => first === "Fetching the result") + 1);
  assert.ok(
    whileRunning.every((rows) => rows.length === 1),
    "it left a line behind",
  );
});

test("what_is_wider_than_the_terminal_is_cut_for_a_second_line_could_not_be_rewritten", async (t) => {
  const { texts, screens, file } = await generateOn(t, 20);
  assert.ok(texts.includes("Uploading reference"), JSON.stringify(texts));
  for (const text of texts) assert.ok(text.length < 20, text);
  assert.equal(screens.at(-1).at(-2), file);
});

test("a_lost_network_is_told_as_what_it_is_and_for_how_long", () => {
  const [line, detail] = wordsOf({ phase: "offline", sinceMs: 12_400 });
  assert.equal(line, "Offline. Nothing is lost: it goes on when the network is back");
  assert.equal(detail, ", 12 s");
});
