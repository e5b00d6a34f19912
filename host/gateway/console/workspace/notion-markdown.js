// A page's content: markdown, and the tags that Notion writes for what markdown has no words for.

import { h } from "../kit/element.js";
import { inline, markdown } from "../kit/markdown.js";
import { icon } from "../components/icon.js";
import { databaseAddress, idIn, pageAddress } from "./address.js";
import { inlineMarkdown } from "./notion-inline.js";
import { tagAt } from "./notion-tags.js";
import { clipped } from "./text.js";

/** @typedef {{connection: string | undefined, level: number, depth: number}} Around */
/** @typedef {import("./notion-tags.js").Tag} Tag */

/** Lines that are shown; the rest is a link away. */
const MAX_LINES = 4_000;
/** How deep tags are looked into. */
const MAX_DEPTH = 16;

/** @type {Record<string, (tag: Tag, around: Around) => import("../kit/element.js").Child>} */
const BLOCKS = {
  h1: heading, h2: heading, h3: heading, h4: heading,
  p: ({ lines }, around) => blocks(lines, around),
  "synced-block": ({ lines }, around) => blocks(lines, around),
  "synced-block-reference": ({ lines }, around) => blocks(lines, around),
  column: ({ lines }, around) => h("div", { class: "stack" }, blocks(lines, around)),
  columns: ({ lines }, around) => h("div", { class: "columns" }, blocks(lines, around)),
  tabs: ({ lines }, around) => blocks(lines, around),
  tab: folded, toggle: folded, details: folded,
  ul: ({ lines }, around) => h("ul", null, blocks(lines, around)),
  ol: ({ lines }, around) => h("ol", null, blocks(lines, around)),
  li: ({ lines }, around) => h("li", null, blocks(lines, around)),
  todo: ({ lines, given }, around) => h("ul", null, h("li", { class: "todo" }, mark(given.checked === "true"), " ", blocks(lines, around))),
  quote: ({ lines }, around) => h("blockquote", null, blocks(lines, around)),
  callout: ({ lines, given }, around) => h("div", { class: "callout" }, given.icon && !/^https?:/.test(given.icon) ? h("span", { "aria-hidden": "true" }, given.icon.slice(0, 16)) : null, h("div", { class: "stack" }, blocks(lines, around))),
  table: cells,
  page: ({ lines, given }, { connection }) => below(given.url, lines, "file", (id) => pageAddress(id, connection)),
  database: ({ lines, given }, { connection }) => below(given.url, lines, "databases", (id) => databaseAddress(id, connection)),
  unknown: ({ given }) => h("p", { class: "quiet" }, "A block that can't be shown here", given.alt ? [" (", clipped(given.alt.replaceAll("_", " "), 40), ")"] : null),
  image: media, video: media, audio: media, pdf: media, file: media, bookmark: media, embed: media,
  "table-of-contents": () => null,
  "empty-block": () => null,
};

/**
 * @param {string} source
 * @param {{connection?: string, level?: number}} [options] the level of the content's first headings
 * @returns {HTMLElement}
 */
export function notionMarkdown(source, { connection, level = 3 } = {}) {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const body = h("div", { class: "markdown notion" }, blocks(lines.slice(0, MAX_LINES), { connection, level, depth: 0 }));
  if (lines.length > MAX_LINES) {
    body.append(h("p", { class: "quiet" }, `${(lines.length - MAX_LINES).toLocaleString("en")} more lines are not shown: open the page in Notion.`));
  }
  inOrder(body, level);
  for (const link of body.querySelectorAll("a[target]")) {
    const id = idIn(link.getAttribute("href") ?? "");
    if (id) {
      link.setAttribute("href", pageAddress(id, connection));
      link.removeAttribute("target");
      link.removeAttribute("rel");
    }
  }
  return body;
}

/** Makes headings that leave out a level go one level down at a time, as those who hear them expect. @param {HTMLElement} body @param {number} first */
function inOrder(body, first) {
  let last = first - 1;
  for (const heading of body.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const level = Math.min(Number(heading.tagName.slice(1)), last + 1);
    if (`H${level}` !== heading.tagName) {
      heading.replaceWith(h(/** @type {"h3"} */ (`h${level}`), null, [...heading.childNodes]));
    }
    last = level;
  }
}

/** @param {string[]} lines @param {Around} around @returns {Node[]} */
function blocks(lines, around) {
  /** @type {Node[]} */
  const out = [];
  /** @type {string[]} */
  let plain = [];
  const flush = () => {
    if (plain.some((line) => line.trim())) {
      // A sign before the end of a line breaks it, as each line's end does here.
      const source = plain.map((line) => line.replace(/\\$/, "")).join("\n");
      out.push(...markdown(inlineMarkdown(source), { baseLevel: around.level }).childNodes);
    }
    plain = [];
  };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const fence = /^\s*(```+|~~~+|\$\$)/.exec(line)?.[1];
    const found = fence || around.depth >= MAX_DEPTH ? null : tagAt(lines, at, (name) => Object.hasOwn(BLOCKS, name));
    if (fence) {
      const end = lines.findIndex((other, place) => place > at && other.trim().startsWith(fence));
      const until = end < 0 ? lines.length : end + 1;
      const taken = lines.slice(at, until);
      plain.push(...(fence === "$$" ? ["```", ...taken.slice(1, end < 0 ? undefined : -1), "```"] : taken));
      at = until;
    } else if (found) {
      flush();
      const made = BLOCKS[found.tag.name]?.(found.tag, { ...around, depth: around.depth + 1 });
      out.push(...h("div", null, made).childNodes);
      at = found.until;
    } else {
      plain.push(line);
      at += 1;
    }
  }
  flush();
  return out;
}

/** @param {Tag} tag @param {Around} around */
function heading({ name, lines }, around) {
  const level = Math.min(6, around.level - 1 + Number(name.slice(1)));
  return h(/** @type {"h3"} */ (`h${level}`), null, inline(inlineMarkdown(lines.join(" ").trim())));
}

/** @param {Tag} tag @param {Around} around */
function folded({ lines }, around) {
  const first = lines.findIndex((line) => line.trim());
  const name = (lines[first] ?? "").replace(/^\s*<summary>|<\/summary>\s*$/g, "").trim();
  return h("details", { class: "folded", open: true }, h("summary", null, name ? inline(inlineMarkdown(name)) : "Folded"), h("div", { class: "folded-body" }, blocks(lines.slice(first + 1), around)));
}

/** @param {Tag} tag */
function cells({ lines, given }) {
  const rows = [...lines.join("\n").matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(([, row = ""]) => [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map(([, cell = ""]) => cell.trim()));
  const isHead = given["header-row"] === "true";
  const isNamed = given["header-column"] === "true";
  const cell = (/** @type {string} */ source, /** @type {"col" | "row" | null} */ scope) => h(scope ? "th" : "td", { scope }, inline(inlineMarkdown(source)));
  const [head, ...rest] = rows;
  const body = isHead ? rest : rows;
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" }, h("table", null,
    isHead && head ? h("thead", null, h("tr", null, head.map((source) => cell(source, "col")))) : null,
    h("tbody", null, body.map((row) => h("tr", null, row.map((source, place) => cell(source, isNamed && place === 0 ? "row" : null)))))));
}

/** @param {string | undefined} url @param {string[]} lines @param {import("../components/icon.js").IconName} picture @param {(id: string) => string} to */
function below(url, lines, picture, to) {
  const id = idIn(url ?? "");
  const name = lines.join(" ").trim();
  const words = [icon(picture), name ? clipped(name.replace(/\\(?=[^\w\s])/g, ""), 160) : "Untitled"];
  return h("p", { class: "below" }, id ? h("a", { href: to(id) }, words) : words);
}

/** @param {Tag} tag */
function media({ name, lines, given }) {
  const to = given.source ?? given.src ?? given.url ?? "";
  const caption = lines.join(" ").trim();
  const kind = { pdf: "PDF", embed: "Embedded page", bookmark: "Bookmark", image: "Picture", video: "Video", audio: "Audio" }[name] ?? "File";
  const last = to.split("?")[0]?.split("/").filter(Boolean).at(-1) ?? "";
  // A file that Notion hosts may have an id in the place of its name.
  const words = caption ? inline(inlineMarkdown(caption)) : clipped(!last || /^[0-9a-f-]{32,36}$/i.test(last) ? "Open it" : last, 80);
  return h("p", { class: "below" }, icon("file"), `${kind}: `, /^https?:/.test(to) ? h("a", { href: to, rel: "noopener noreferrer nofollow", target: "_blank" }, words) : words);
}

/** @param {boolean} isDone */
const mark = (isDone) => h("span", { class: "mark", role: "img", "aria-label": isDone ? "done" : "to do" }, isDone ? "☑" : "☐");
