import { readFileSync } from "node:fs";

/**
 * The samples of a Markdown file of the project: fences that say more than their language, ` ```ts page upload `, are compiled and run by the tests.
 * Answers `{ name, platform, code }` of each: platform is the first word after the language, name all of them.
 */
export function samplesOf(file) {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const fences = [...text.matchAll(/^```ts ([a-z]+)((?: [a-z]+)*)\n([\s\S]*?)^```$/gm)];
  return fences.map(([, platform, rest, code]) => ({ name: `${platform}${rest}`.replaceAll(" ", "-"), platform, code }));
}
