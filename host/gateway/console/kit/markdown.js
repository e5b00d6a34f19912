// Markdown as elements: headings, lists, to-dos, quotes, code, tables, rules, emphasis and links. A picture is a link: looking at a page asks no other
// host for anything.

import { h, safeAddress } from "./element.js";

/** Lines that are shown; what comes after them isn't. */
const MAX_LINES = 5_000;

/**
 * @param {string} source
 * @param {{baseLevel?: number}} [options] the level of the document's first headings
 * @returns {HTMLElement}
 */
export function markdown(source, { baseLevel = 3 } = {}) {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const shown = lines.slice(0, MAX_LINES);
  const body = h("div", { class: "markdown" }, blocks(shown, baseLevel));
  if (lines.length > MAX_LINES) {
    body.append(h("p", { class: "quiet" }, `${lines.length - MAX_LINES} more lines are not shown.`));
  }
  return body;
}

/** @param {string[]} lines @param {number} baseLevel @returns {Node[]} */
function blocks(lines, baseLevel) {
  /** @type {Node[]} */
  const out = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const fence = /^\s*(```+|~~~+)\s*(\S*)/.exec(line);
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (!line.trim()) {
      at += 1;
    } else if (fence) {
      const end = lines.findIndex((other, place) => place > at && other.trim().startsWith(fence[1] ?? "```"));
      const code = lines.slice(at + 1, end < 0 ? undefined : end);
      out.push(h("pre", { tabindex: "0" }, h("code", null, code.join("\n"))));
      at = end < 0 ? lines.length : end + 1;
    } else if (heading) {
      const level = Math.min(6, baseLevel - 1 + (heading[1] ?? "#").length);
      out.push(h(/** @type {"h3"} */ (`h${level}`), null, inline(heading[2] ?? "")));
      at += 1;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      out.push(h("hr"));
      at += 1;
    } else if (/^\s*>/.test(line)) {
      const taken = run(lines, at, (other) => /^\s*>/.test(other));
      out.push(h("blockquote", null, blocks(taken.map((other) => other.replace(/^\s*>\s?/, "")), baseLevel)));
      at += taken.length;
    } else if (isItem(line)) {
      const taken = run(lines, at, (other) => isItem(other) || /^\s{2,}\S/.test(other));
      out.push(list(taken));
      at += taken.length;
    } else if (line.includes("|") && /^\s*\|?\s*:?-+/.test(lines[at + 1] ?? "") && (lines[at + 1] ?? "").includes("|")) {
      const taken = run(lines, at, (other) => other.includes("|"));
      out.push(table(taken));
      at += taken.length;
    } else {
      const taken = run(lines, at, (other, place) => place === 0 || (Boolean(other.trim()) && !/^(#{1,6}\s|\s*(```|~~~|>))/.test(other) && !isItem(other)));
      out.push(h("p", null, inline(taken.join("\n"))));
      at += taken.length;
    }
  }
  return out;
}

/** @param {string[]} lines @param {number} from @param {(line: string, place: number) => boolean} belongs */
function run(lines, from, belongs) {
  let until = from;
  while (until < lines.length && belongs(lines[until] ?? "", until - from)) {
    until += 1;
  }
  return lines.slice(from, until);
}

/** @param {string} line */
const isItem = (line) => /^\s*([-*+]|\d{1,9}[.)])\s+/.test(line);

/** @param {string[]} lines @returns {HTMLElement} */
function list(lines) {
  const depth = (/** @type {string} */ line) => (/^\s*/.exec(line)?.[0].replace(/\t/g, "    ").length ?? 0);
  const first = depth(lines[0] ?? "");
  const isOrdered = /^\s*\d/.test(lines[0] ?? "");
  const items = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const text = line.replace(/^\s*([-*+]|\d{1,9}[.)])\s+/, "");
    const below = run(lines, at + 1, (other) => depth(other) > first);
    const todo = /^\[([ xX])\]\s+(.*)$/.exec(text);
    const nested = below.length === 0 ? null : below.some(isItem) ? list(below.filter((other) => other.trim())) : h("p", null, inline(below.map((other) => other.trim()).join("\n")));
    items.push(todo
      ? h("li", { class: "todo" }, h("span", { class: "mark", role: "img", "aria-label": todo[1] === " " ? "to do" : "done" }, todo[1] === " " ? "☐" : "☑"), " ", inline(todo[2] ?? ""), nested)
      : h("li", null, inline(text), nested));
    at += 1 + below.length;
  }
  return isOrdered ? h("ol", null, items) : h("ul", null, items);
}

/** @param {string[]} lines */
function table(lines) {
  const cells = (/** @type {string} */ line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  const [head = "", , ...rows] = lines;
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" }, h("table", null,
    h("thead", null, h("tr", null, cells(head).map((cell) => h("th", { scope: "col" }, inline(cell))))),
    h("tbody", null, rows.map((row) => h("tr", null, cells(row).map((cell) => h("td", null, inline(cell))))))));
}

/** Longest text in which emphasis and links are looked for, in characters. */
const MAX_INLINE = 20_000;

const MARKS = /\\(?<escaped>[!-/:-@[-`{-~])|(`+)(?<code>[^`]+?)\2|!?\[(?<text>[^\]\n]{0,500})\]\((?<to>[^()\s]{1,2000})\)|\*\*(?<strong>(?:[^*\n]|(?<!\*)\*(?!\*)){1,2000})\*\*|(?<![*\w])[*_](?<soft>[^*_\n]{1,2000})[*_](?![*\w])|~~(?<gone>[^~\n]{1,2000})~~|(?<plain>https?:\/\/[^\s<>()]{1,2000})/g;

/** @param {string} text @returns {import("./element.js").Child} */
export function inline(text) {
  if (text.length > MAX_INLINE) {
    return text;
  }
  /** @type {import("./element.js").Child[]} */
  const out = [];
  let from = 0;
  for (const found of text.matchAll(MARKS)) {
    const { escaped, code, text: label, to, strong, soft, gone, plain } = found.groups ?? {};
    out.push(text.slice(from, found.index));
    if (escaped !== undefined) {
      out.push(escaped);
    } else if (code !== undefined) {
      out.push(h("code", null, code));
    } else if (to !== undefined) {
      out.push(link(to, label || to));
    } else if (plain !== undefined) {
      out.push(link(plain, plain));
    } else if (strong !== undefined) {
      out.push(h("strong", null, inline(strong)));
    } else if (soft !== undefined) {
      out.push(h("em", null, inline(soft)));
    } else {
      out.push(h("s", null, gone));
    }
    from = found.index + found[0].length;
  }
  out.push(text.slice(from));
  return out;
}

/** @param {string} to @param {string} label */
function link(to, label) {
  const isOutside = /^(https?|mailto):/.test(to);
  return isOutside ? h("a", { href: safeAddress(to), rel: "noopener noreferrer nofollow", target: "_blank" }, label) : h("span", null, label);
}
