// Figures in the README are those of the build.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sizesForReadme } from "../../build/sizes.mjs";

/** Compilers of other versions and platforms differ a little. */
const MAX_DIFFERENCE = 0.02;
const figures = (text) => (text.match(/\d[\d,]+/g) ?? []).map((figure) => Number(figure.replaceAll(",", "")));

test("the_sizes_in_the_readme_are_those_of_the_build", () => {
  const [, table] = /<!-- sizes -->\n([\s\S]*?)\n<!-- \/sizes -->/.exec(
    readFileSync(new URL("../../README.md", import.meta.url), "utf8"),
  );
  const [told, measured] = [figures(table), figures(sizesForReadme())];
  assert.equal(told.length, measured.length);
  for (const [index, figure] of measured.entries()) {
    assert.ok(
      Math.abs(told[index] - figure) <= figure * MAX_DIFFERENCE,
      `README.md says ${told[index]}, it is ${figure}: run node build/sizes.mjs --write`,
    );
  }
});
