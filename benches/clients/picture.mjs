// The figures as a picture: bars, drawn by hand as SVG. Its colours follow the reader's scheme, which an image in a
// README does as well.

const WIDTH = 860;
const LABEL_WIDTH = 150;
const BAR_SPACE = 560;
const ROW_HEIGHT = 22;
const BAR_HEIGHT = 14;
const PANEL_GAP = 22;
const TITLE_HEIGHT = 26;
const HEAD_HEIGHT = 64;
const MARGIN = 20;

const STYLE = `
  .paper { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif }
  .title { font-size: 17px; font-weight: 600 } .panel { font-weight: 600 }
  .note, .value { fill: #59636e; font-size: 12px } .ours { fill: #1a7f5a } .other { fill: #8c96a0 }
  .base { stroke: #d1d9e0 } .aim { stroke: #b35900; stroke-dasharray: 3 3 } .aim-text { fill: #b35900; font-size: 12px }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } text { fill: #e6edf3 } .note, .value { fill: #9198a1 }
    .ours { fill: #3fb984 } .other { fill: #6a737d }
    .base { stroke: #3d444d } .aim { stroke: #f0a35e } .aim-text { fill: #f0a35e }
  }`;

const escaped = (text) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
const element = (name, attributes, content = "") => {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${value}"`);
  return `<${name}${written.join("")}>${content}</${name}>`;
};
const textAt = (x, y, content, className, anchor = "start") =>
  element("text", { x, y, class: className, "text-anchor": anchor }, escaped(content));
const round = (value) => Math.round(value * 10) / 10;

/**
 * One measure: a bar for each client. Bars begin at `origin`, for a ratio 1, where bare fetch is; what is better than
 * that shows as its value alone. Where there is no figure, a dash says so.
 */
function panel({ title, rows, origin = 0, aim, format }, top) {
  const values = rows.map(({ value }) => value).filter(Number.isFinite);
  const most = Math.max(...values, aim ?? origin) - origin;
  const widthOf = (value) => (most > 0 ? round((Math.max(value - origin, 0) / most) * BAR_SPACE) : 0);
  const left = MARGIN + LABEL_WIDTH;
  const parts = [textAt(MARGIN, top + 14, title, "panel")];
  rows.forEach(({ name, value, isOurs }, index) => {
    const y = top + TITLE_HEIGHT + index * ROW_HEIGHT;
    parts.push(textAt(left - 10, y + 12, name, "label", "end"));
    const width = Number.isFinite(value) ? widthOf(value) : 0;
    if (width > 0)
      parts.push(element("rect", { x: left, y, width, height: BAR_HEIGHT, rx: 2, class: isOurs ? "ours" : "other" }));
    parts.push(textAt(left + width + 6, y + 12, Number.isFinite(value) ? format(value) : "—", "value"));
  });
  const bottom = top + TITLE_HEIGHT + rows.length * ROW_HEIGHT - 4;
  const line = (x, className) =>
    element("line", { x1: x, x2: x, y1: top + TITLE_HEIGHT - 4, y2: bottom, class: className });
  parts.push(line(left, "base"));
  if (aim !== undefined) {
    const x = left + widthOf(aim);
    parts.push(
      line(x, "aim"),
      textAt(WIDTH - MARGIN, top + 14, `aim of ours: ${format(aim)} (dashed)`, "aim-text", "end"),
    );
  }
  return { svg: parts.join("\n"), bottom };
}

/**
 * `panels`: `{ title, rows: [{ name, value, isOurs }], origin, aim, format }`. `notes`: a line each, below the title.
 */
export function picture(title, notes, panels) {
  const parts = [
    textAt(MARGIN, MARGIN + 10, title, "title"),
    ...notes.map((note, index) => textAt(MARGIN, MARGIN + 30 + index * 16, note, "note")),
  ];
  let top = HEAD_HEIGHT + notes.length * 16;
  for (const each of panels) {
    const { svg, bottom } = panel(each, top);
    parts.push(svg);
    top = bottom + PANEL_GAP;
  }
  const height = top - PANEL_GAP + MARGIN;
  const paper = element("rect", { class: "paper", width: WIDTH, height, rx: 6 });
  const size = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
    role: "img",
  };
  const head = [`<title>${escaped(title)}</title>`, `<style>${STYLE}\n</style>`];
  return `${element("svg", size, [...head, paper, ...parts].join("\n"))}\n`;
}
