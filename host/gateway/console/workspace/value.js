// A value of a row, shown by the type of its column.

import { foreign, h } from "../kit/element.js";
import { inline } from "../kit/markdown.js";
import { when } from "../components/layout.js";
import { pageAddress } from "./address.js";
import { dateInWords, isDate } from "./dates.js";
import { inlineMarkdown } from "./notion-inline.js";
import { numberInFormat } from "./numbers.js";
import { brief, clipped } from "./text.js";

/** @typedef {import("./schema.js").Column} Column */
/**
 * @typedef {object} Around what values are shown with
 * @property {Record<string, string>} titles of related pages, by their short ids
 * @property {string | undefined} connection
 * @property {boolean} [isWhole] whether long values are shown as a whole, as on the page of a row
 */

/** Characters of a text in a cell. */
const MAX_TEXT = 120;
/** Characters of a marked text that are read for a cell: the marks take room, too. */
const MAX_SOURCE = 600;
/** Elements of a list in a cell. */
const MAX_ELEMENTS = 4;
const ID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Colours of options that Notion knows. */
const COLORS = new Set(["gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"]);

/** Whether there is nothing to show. @param {unknown} value */
export const isEmpty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/**
 * @param {Column} column
 * @param {unknown} value
 * @param {Around} around
 * @returns {import("../kit/element.js").Child}
 */
export function shown(column, value, around) {
  if (column.type === "checkbox") {
    return h("span", { role: "img", "aria-label": value === true ? "yes" : "no", class: "tick" }, value === true ? "☑" : "☐");
  }
  if (isEmpty(value)) {
    return around.isWhole ? h("span", { class: "quiet" }, "Empty") : null;
  }
  switch (column.type) {
    case "title":
      return around.isWhole ? foreign(value) : clipped(value, MAX_TEXT);
    case "rich_text":
      return text(String(value), around);
    case "number":
      return typeof value === "number" ? numberInFormat(value, column.format) : clipped(value);
    case "select":
    case "status":
    case "multi_select":
      return several(value, around, (each) => option(column, String(each)), "options");
    case "date":
      return dateInWords(value);
    case "created_time":
    case "last_edited_time":
      return when(String(value));
    case "people":
    case "created_by":
    case "last_edited_by":
      return several(value, around, person);
    case "relation":
      return several(value, around, (each) => related(String(each), around));
    case "files":
      return several(value, around, file);
    case "url":
      return link(String(value), String(value), around);
    case "email":
      return h("a", { href: `mailto:${String(value).slice(0, 300)}` }, clipped(value, 80));
    case "phone_number":
    case "unique_id":
      return clipped(value, 80);
    default:
      return computed(column, value, around);
  }
}

/** @param {unknown} value @param {Around} around @param {(each: unknown) => Node} show @param {string} [kind] */
function several(value, around, show, kind = "") {
  const elements = Array.isArray(value) ? value : [value];
  const max = around.isWhole ? 100 : MAX_ELEMENTS;
  const parts = elements.slice(0, max).map((each) => h("li", null, show(each)));
  return h("ul", { class: `several ${kind}`.trim() }, parts, elements.length > max ? h("li", { class: "quiet" }, `and ${(elements.length - max).toLocaleString("en")} more`) : null);
}

/** @param {string} source @param {Around} around */
function text(source, around) {
  if (around.isWhole && source.length > 20_000) {
    return foreign(source);
  }
  // What is cut off may be a part of a tag.
  const part = around.isWhole || source.length <= MAX_SOURCE ? source : `${source.slice(0, MAX_SOURCE).replace(/<[^>]*$/, "").trimEnd()}…`;
  return h("bdi", { class: "foreign" }, inline(inlineMarkdown(part)));
}

/** @param {Column} column @param {string} name */
function option(column, name) {
  const color = column.options.find((known) => known.name === name)?.color ?? "";
  return h("span", { class: "option" }, h("span", { class: `dot ${COLORS.has(color) ? color : ""}`.trim(), "aria-hidden": "true" }), clipped(name, 60));
}

/** @param {unknown} each */
function person(each) {
  const name = String(each);
  return ID.test(name) ? h("span", { class: "quiet", title: name }, "Somebody without a name here") : clipped(name, 60);
}

/** @param {string} id @param {Around} around */
function related(id, around) {
  const title = around.titles[id.replaceAll("-", "")];
  return h("a", { href: pageAddress(id, around.connection) }, title === undefined ? "A page" : title.trim() ? clipped(title, 80) : "Untitled");
}

/** @param {string} url @param {string} label @param {Around} around */
function link(url, label, around) {
  const isFollowed = /^https?:\/\//i.test(url);
  const words = clipped(label.replace(/^https?:\/\/(www\.)?/i, ""), around.isWhole ? 200 : 48);
  return isFollowed ? h("a", { href: url.slice(0, 4_000), rel: "noopener noreferrer nofollow", target: "_blank" }, words) : words;
}

/** A file is a link, a name with one, or a name alone. @param {unknown} each */
export function file(each) {
  const { name, url } = typeof each === "object" && each !== null ? /** @type {any} */ (each) : { name: "", url: String(each) };
  const isLink = /^https?:\/\//i.test(String(url ?? ""));
  const label = String(name || (isLink ? lastPart(String(url)) : url) || "File");
  return isLink ? h("a", { href: String(url).slice(0, 4_000), rel: "noopener noreferrer nofollow", target: "_blank" }, clipped(label, 60)) : clipped(label, 60);
}

/** @param {string} url */
function lastPart(url) {
  try {
    const { pathname, hostname } = new URL(url);
    return decodeURIComponent(pathname.split("/").filter(Boolean).at(-1) ?? hostname);
  } catch {
    return url;
  }
}

/** What a formula or a rollup comes to, and types that are not known here. @param {Column} column @param {unknown} value @param {Around} around @returns {import("../kit/element.js").Child} */
function computed(column, value, around) {
  if (typeof value === "number") {
    const isShare = column.type === "rollup" && value > 0 && value < 1;
    return numberInFormat(value, isShare ? "percent" : column.format);
  }
  if (typeof value === "boolean") {
    return value ? "yes" : "no";
  }
  if (Array.isArray(value)) {
    return several(value, around, (each) => h("span", null, computed(column, each, around)));
  }
  if (isDate(value)) {
    return dateInWords(value);
  }
  if (typeof value === "object" && value !== null) {
    const { start } = /** @type {any} */ (value);
    return start ? dateInWords(value) : clipped(inWords(value), around.isWhole ? 600 : MAX_TEXT);
  }
  return around.isWhole ? foreign(value) : clipped(value, MAX_TEXT);
}

/** @param {object} value */
const inWords = (value) => Object.entries(value).map(([name, each]) => `${name.replaceAll("_", " ")}: ${typeof each === "object" ? JSON.stringify(each) : each}`).join(", ");

/** A value in a few words, for sentences. @param {Column | undefined} column @param {unknown} value */
export function inBrief(column, value) {
  if (isEmpty(value)) {
    return "nothing";
  }
  return column?.type === "checkbox" ? (value ? "yes" : "no") : brief(Array.isArray(value) ? value.join(", ") : value);
}
