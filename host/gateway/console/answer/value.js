// A value in full: tables for rows, a card for an object, markdown for content, and what is nested below its name.

import { card, folded, json } from "../components/layout.js";
import { foreign, h } from "../kit/element.js";
import { markdown } from "../kit/markdown.js";
import { inWords, plain } from "../form/plain.js";
import { called, compact } from "./compact.js";
import { bounded } from "./more.js";
import { areObjects, columnRows, isTable, objectRows } from "./rows.js";
import { isAddress, isScalar, scalar } from "./scalar.js";
import { placeOf } from "./places.js";

/** @typedef {import("../kit/element.js").Child} Child */
/** @typedef {{schema?: any, level?: number, depth?: number, name?: string, without?: string[], titles?: Record<string, unknown>}} Way */

/** What is nested deeper is shown as JSON. */
const DEEPEST = 4;

/** Longest markdown that is shown as such, and its longest line, in characters: what is longer is text, which folds. */
const MAX_MARKDOWN = 200_000;
const MAX_LINE = 20_000;

/** Members that hold markdown. */
const MARKDOWN = /^(markdown|content|body|text)$/i;

/** @param {unknown} value @param {Way} [way] @returns {Child} */
export function valueView(value, way = {}) {
  if (typeof value === "string") {
    return textView(value, way.name);
  }
  if (isScalar(value)) {
    return h("p", null, scalar(value, way));
  }
  if (areObjects(value)) {
    return objectRows(value, { caption: way.name ? inWords(way.name) : "Answer", schema: way.schema });
  }
  if (Array.isArray(value)) {
    return listView(value, way);
  }
  return objectView(/** @type {Record<string, unknown>} */ (value), way);
}

/** @param {string} text @param {string} [name] @returns {Child} */
export function textView(text, name) {
  const isWritten = (name && MARKDOWN.test(name)) || /^(#{1,6} |[-*] |\d+\. |> |```|\|)/m.test(text);
  if (text && isWritten && (text.includes("\n") || text.length > 80 || /^(markdown|content)$/i.test(name ?? ""))) {
    const isLong = text.length > MAX_MARKDOWN || text.split("\n").some((line) => line.length > MAX_LINE);
    return h("div", { class: "card" }, isLong ? foreign(text) : markdown(text, { baseLevel: 4 }));
  }
  return h("p", null, scalar(text, { name }));
}

/** @param {unknown[]} values @param {Way} way */
function listView(values, way) {
  if (values.length === 0) {
    return h("p", { class: "quiet" }, "Nothing.");
  }
  if ((way.depth ?? 0) >= DEEPEST) {
    return json(values);
  }
  return bounded(values, (some) => h("ol", { class: "answer-list" }, some.map((one) => h("li", null, isScalar(one) ? scalar(one) : compact(one)))), "item");
}

/**
 * @param {Record<string, unknown>} object
 * @param {Way} way
 * @returns {Child}
 */
function objectView(object, way) {
  const { schema, depth = 0, level = 3, without = [] } = way;
  const entries = Object.entries(object).filter(([name]) => !without.includes(name));
  if (entries.length === 0) {
    return h("p", { class: "quiet" }, "Nothing more is said.");
  }
  if (depth >= DEEPEST) {
    return json(object);
  }
  const isText = (/** @type {string} */ name, /** @type {unknown} */ value) => typeof value === "string" && !isAddress(value) && (value.includes("\n") || value.length > 300 || /^(markdown|content)$/i.test(name));
  const tables = ["rows", "groups"].filter((member) => isTable(object, member) && !without.includes(member));
  const titles = tables.length ? { titles: object.titles } : {};
  const inTable = tables.length ? ["columns", "titles", ...tables] : [];
  /** @type {Pair[]} */
  const short = [];
  /** @type {Child[]} */
  const long = tables.map((member) => part(member, object[member], columnRows(object, member, { caption: inWords(member), ...titles })));
  /** @param {string} name @param {unknown} value @param {Child} shown */
  function part(name, value, shown) {
    const title = plain(schema?.properties?.[name]?.title ?? inWords(name), 100) || "–";
    const size = Array.isArray(value) ? h("span", { class: "quiet" }, ` ${value.length.toLocaleString("en")}`) : null;
    return h("section", { class: "stack" }, h(/** @type {"h3"} */ (`h${Math.min(6, level)}`), null, title, size), shown);
  }
  for (const [name, value] of entries) {
    const label = plain(schema?.properties?.[name]?.title ?? inWords(name), 80) || "–";
    const below = { schema: schema?.properties?.[name], depth: depth + 1, level: level + 1, name };
    if (inTable.includes(name)) {
      continue;
    }
    if (isText(name, value)) {
      long.push(part(name, value, textView(/** @type {string} */ (value), name)));
    } else if (isScalar(value)) {
      short.push([label, scalar(value, { name }), typeof value === "string" && value.length > 90]);
    } else if (areObjects(value) || (Array.isArray(value) && value.length > 5)) {
      long.push(part(name, value, valueView(value, below)));
    } else if (Array.isArray(value)) {
      short.push([label, compact(value, { name })]);
    } else if (isFlat(/** @type {object} */ (value))) {
      short.push([label, called(value) === null ? inner(/** @type {object} */ (value)) : compact(value, { name })]);
    } else {
      long.push(part(name, value, depth < 2 ? valueView(value, below) : folded("Show", () => valueView(value, below))));
    }
  }
  const link = placeOf(object);
  const facts = short.length ? card(link ? h("p", null, h("a", { href: link }, foreign(typeof object.job_id === "string" ? "See the job" : called(object) ? `Open ${plain(called(object), 80)}` : "Open it here"))) : null, bounded(short, pairs, "value")) : null;
  return h("div", { class: "stack answer-object" }, facts, long);
}

/** Members that fit in a place of a card. */
const MAX_INNER = 4;

/** Whether an object is short enough to be shown beside others. @param {object} value */
const isFlat = (value) => Object.keys(value).length <= MAX_INNER && Object.values(value).every((one) => isScalar(one) || (Array.isArray(one) && one.length <= 5 && one.every(isScalar)));

/** @param {object} value */
const inner = (value) => h("dl", { class: "inner-facts" }, Object.entries(value).map(([name, one]) => h("div", null, h("dt", null, foreign(plain(inWords(name), 40))), h("dd", null, compact(one, { name })))));

/** @typedef {[name: string, value: Child, isLong?: boolean]} Pair */

/** Names and values; also those that say nothing. @param {Pair[]} said */
const pairs = (said) => h("dl", { class: "facts" }, said.map(([name, value, isLong]) => h("div", { class: isLong ? "whole" : null }, h("dt", null, foreign(name)), h("dd", null, value))));

