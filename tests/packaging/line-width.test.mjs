// The check of the sources' width: what it finds, and what it lets pass.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { longLines, MAX_COLUMNS } from "../../build/line-width.mjs";

const LONG = "a word ".repeat(20).trim();

describe("a line of more than 120 columns", () => {
  for (const line of [
    `// ${LONG}`,
    `/// ${LONG}`,
    `const x = call("${LONG}", "and another");`,
    `const x = "${LONG}" + y;`,
    `const x = \`\${lines.map((line) => \`${LONG}\`).join()}\`;`,
    `test("${LONG}", () => assert.ok(true));`,
    `// ${LONG} https://example.com/`,
  ])
    test(`is found where it is ${line.slice(0, 30)}…`, () => assert.deepEqual(longLines(`a\n${line}\nb\n`), [2]));

  for (const line of [
    `  "${LONG}",`,
    `  '${LONG}' +`,
    `const TEXT = \`${LONG}\`;`,
    `  let text: &str = r#"{"a":"${LONG}"}"#;`,
    `  from: /${LONG}/,`,
    `  return "${LONG}";`,
    `  test("${LONG}", async (t) => {`,
    `// https://example.com/${"x".repeat(MAX_COLUMNS)}`,
  ])
    test(`passes where it is ${line.slice(0, 30)}…`, () => assert.deepEqual(longLines(line), []));

  test("is counted in characters", () => {
    assert.deepEqual(longLines(`//${"🪁".repeat(MAX_COLUMNS - 2)}`), []);
    assert.deepEqual(longLines(`//${"🪁".repeat(MAX_COLUMNS - 1)}`), [1]);
  });
});
