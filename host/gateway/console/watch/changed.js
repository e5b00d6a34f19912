// What a write changed: before and after where both are known, else what was written.

import { folded, json } from "../components/layout.js";
import { kept } from "../components/watched.js";
import { foreign, h } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { readable } from "./readable.js";

/** Characters of a value that are compared word by word. */
const MAX_COMPARED = 4_000;

/** Characters of a value that are shown at once. */
const MAX_VALUE = 600;

/** Rows that are shown at once. */
const MAX_ROWS = 50;

/** @param {{number: number, before?: unknown, sent?: unknown, after?: unknown}} effect */
export function changed({ number, before, sent, after }) {
  const raw = Object.fromEntries(Object.entries({ before, sent, after }).filter(([, value]) => value !== undefined));
  if (Object.keys(raw).length === 0) {
    return null;
  }
  const now = after ?? sent;
  // The heading says it already.
  const isTrash = sent !== null && typeof sent === "object" && Object.keys(sent).length === 1 && "in_trash" in sent;
  return h("div", { class: "stack" },
    before !== undefined && now !== undefined ? compared(readable(before), readable(now)) : sent !== undefined && !isTrash ? listed(readable(sent)) : null,
    before === undefined && after !== undefined ? kept(folded("What was there afterwards", () => listed(readable(after)) ?? json(after)), `after-${number}`) : null,
    kept(folded("JSON", () => json(raw, { label: "What was written, as JSON" })), `json-${number}`));
}

/** @param {Map<string, string>} before @param {Map<string, string>} now */
function compared(before, now) {
  const names = [...new Set([...before.keys(), ...now.keys()])];
  const differing = names.filter((name) => before.get(name) !== now.get(name));
  const same = names.length - differing.length;
  if (differing.length === 0) {
    return h("p", { class: "quiet" }, "Nothing is different afterwards.");
  }
  return h("div", { class: "stack" },
    h("div", { class: "table scroll", tabindex: "0", role: "region", "aria-label": "Before and after" }, h("table", null,
      h("caption", { class: "unseen" }, "What is different"),
      h("thead", null, h("tr", null, ["What", "Before", "After"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, differing.slice(0, MAX_ROWS).map((name) => row(name, before.get(name) ?? "", now.get(name) ?? ""))))),
    more(differing.length),
    same ? h("p", { class: "quiet" }, `${counted(same, "other value")} ${same === 1 ? "is" : "are"} the same.`) : null);
}

/** @param {string} name @param {string} before @param {string} now */
function row(name, before, now) {
  const [head, gone, come, tail] = split(before, now);
  return h("tr", null,
    h("th", { scope: "row", "data-name": "What" }, foreign(name, { max: 200 })),
    h("td", { "data-name": "Before" }, side(before, head, gone, tail, "del")),
    h("td", { "data-name": "After" }, side(now, head, come, tail, "ins")));
}

/** @param {string} whole @param {string} head @param {string} middle @param {string} tail @param {"del" | "ins"} tag */
function side(whole, head, middle, tail, tag) {
  if (whole === "") {
    return h("span", { class: "quiet" }, "empty");
  }
  if (!head && !tail) {
    return h("div", null, h(tag, null, foreign(whole, { max: MAX_VALUE })));
  }
  return h("div", { class: "compared" }, h("bdi", { class: "foreign" }, head, h(tag, null, middle), tail));
}

/** What two texts have in common at both ends, in whole words, and what differs between. @param {string} before @param {string} now @returns {[string, string, string, string]} */
function split(before, now) {
  if (before.length > MAX_COMPARED || now.length > MAX_COMPARED) {
    return ["", before, now, ""];
  }
  const one = before.split(/(?<=\s)/);
  const other = now.split(/(?<=\s)/);
  let head = 0;
  while (head < one.length && head < other.length && one[head] === other[head]) {
    head += 1;
  }
  let tail = 0;
  while (tail < one.length - head && tail < other.length - head && one[one.length - 1 - tail] === other[other.length - 1 - tail]) {
    tail += 1;
  }
  return [one.slice(0, head).join(""), one.slice(head, one.length - tail).join(""), other.slice(head, other.length - tail).join(""), one.slice(one.length - tail).join("")];
}

/** @param {Map<string, string>} said */
function listed(said) {
  if (said.size === 0) {
    return null;
  }
  return h("div", { class: "stack" },
    h("dl", { class: "exact" }, [...said].slice(0, MAX_ROWS).map(([name, value]) => h("div", null, h("dt", null, foreign(name, { max: 200 })), h("dd", null, value === "" ? h("span", { class: "quiet" }, "empty") : foreign(value, { max: MAX_VALUE }))))),
    more(said.size));
}

/** @param {number} count */
const more = (count) => (count > MAX_ROWS ? h("p", { class: "quiet" }, `${counted(count - MAX_ROWS, "more value")} in the JSON.`) : null);
