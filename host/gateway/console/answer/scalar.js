// One value in a line: dates in words, links, short values as badges, ids as code.

import { badge } from "../components/notice.js";
import { foreign, h } from "../kit/element.js";
import { moment } from "../kit/words.js";
import { plain } from "../form/plain.js";
import { pageOf } from "./places.js";

/** @typedef {import("../kit/element.js").Child} Child */
/** @typedef {{name?: string, max?: number, asBadge?: boolean, isShort?: boolean, titles?: Record<string, unknown>}} Way how a value is shown: its member's name, its longest text, whether ids are cut, and what they are called */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const ID = /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Members whose values are of a few short ones. */
const SHORT = /^(status|state|type|kind|object|outcome|priority|effect|event|surface|method|code|role|level)$/i;

/** @param {unknown} value */
export const isScalar = (value) => value === null || typeof value !== "object";

/** @param {unknown} value */
export const isId = (value) => typeof value === "string" && ID.test(value);

/** @param {unknown} value */
export const isAddress = (value) => typeof value === "string" && value.length <= 2_000 && /^https?:\/\/[^\s]+$/i.test(value);

/** @param {unknown} value @param {Way} [way] @returns {Child} */
export function scalar(value, way = {}) {
  if (value === null || value === undefined || value === "") {
    return h("span", { class: "quiet" }, value === "" ? "empty" : "–");
  }
  if (typeof value === "boolean") {
    return value ? "Yes" : "No";
  }
  if (typeof value === "number") {
    return String(value);
  }
  const text = String(value);
  if (isAddress(text)) {
    return outside(text);
  }
  if (DAY.test(text) || MOMENT.test(text)) {
    return time(text);
  }
  if (isId(text)) {
    return id(text, way);
  }
  if (way.asBadge || (way.name && SHORT.test(way.name) && text.length <= 24)) {
    return badge(plain(text, 40));
  }
  return foreign(text, { max: way.max ?? 2_000 });
}

/** @param {string} text */
function time(text) {
  const at = new Date(DAY.test(text) ? `${text}T12:00:00` : text);
  if (Number.isNaN(at.getTime())) {
    return text;
  }
  return h("time", { datetime: text, title: text, class: "date" }, DAY.test(text) ? at.toLocaleDateString("en-GB", { dateStyle: "medium" }) : moment(at));
}

/** @param {string} text @param {Way} way */
function id(text, { titles, isShort }) {
  const title = titles?.[text] ?? titles?.[text.replaceAll("-", "")];
  if (typeof title === "string") {
    return h("a", { href: pageOf(text) }, foreign(plain(title || "Untitled", 80)));
  }
  return isShort ? h("code", { title: text }, `${text.slice(0, 8)}…`) : h("code", null, text);
}

/** A link out of the console, by the words of its address. @param {string} to @param {string} [label] */
export function outside(to, label) {
  const shown = label ?? plain(to.replace(/^https?:\/\/(www\.)?/i, "").replace(/\/$/, ""), 60);
  return h("a", { href: to, target: "_blank", rel: "noopener noreferrer nofollow" }, foreign(shown));
}
