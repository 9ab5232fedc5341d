import { readFileSync, readdirSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

/** A fence, whatever it says of itself: ` ```ts page upload ` is of the language `ts` and has two words. */
const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm;

/** Every fence of a Markdown file of the project, as `{ language, words, code }`. */
export function fencesOf(file) {
  const text = readFileSync(new URL(file, ROOT), "utf8");
  return [...text.matchAll(FENCE)].map(([, info, code]) => {
    const [language, ...words] = info.split(" ");
    return { language, words, code };
  });
}

/**
 * The samples of a Markdown file of the project: fences of TypeScript that say more than their language,
 * ` ```ts page upload `, are compiled and run by the tests. Answers `{ name, language, platform, code }` of each:
 * platform is the first word after the language, name all of them.
 */
export function samplesOf(file) {
  const fences = fencesOf(file).filter(({ language, words }) => ["ts", "tsx"].includes(language) && words.length > 0);
  return fences.map(({ language, words, code }) => ({ name: words.join("-"), language, platform: words[0], code }));
}

/** The guides: whatever lies in `docs/` and has code. */
export function guides() {
  const files = readdirSync(new URL("docs/", ROOT))
    .filter((file) => file.endsWith(".md"))
    .sort();
  return files.map((file) => `docs/${file}`).filter((file) => fencesOf(file).length > 0);
}
