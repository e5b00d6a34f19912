// A nested value in a cell: what it is called, or how much it holds.

import { folded, json } from "../components/layout.js";
import { badge } from "../components/notice.js";
import { foreign, h } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { plain } from "../form/plain.js";
import { isAddress, isId, isScalar, outside, scalar } from "./scalar.js";
import { placeOf } from "./places.js";

/** @typedef {import("./scalar.js").Way} Way */
/** @typedef {import("../kit/element.js").Child} Child */

/** Values of a list that are shown in a cell. */
const MAX_LISTED = 5;

/** What an object is called; none where nothing names it. @param {any} object @returns {string | null} */
export function called(object) {
  for (const name of ["title", "name", "Name", "label", "plain_text", "text", "summary", "email"]) {
    const value = object?.[name];
    if (typeof value === "string" && value.trim()) {
      return value;
    }
    if (Array.isArray(value) && value.length && value.every((part) => typeof part?.plain_text === "string")) {
      return value.map((part) => part.plain_text).join("");
    }
  }
  return null;
}

/** An object by its name, with a link to where it is shown. @param {any} object @param {string} name */
function named(object, name) {
  const place = placeOf(object);
  const text = plain(name, 100);
  return place ? h("a", { href: place }, foreign(text)) : isAddress(object.url) ? outside(object.url, text) : foreign(text);
}

/** @param {unknown} value @param {Way} [way] @returns {Child} */
export function compact(value, way = {}) {
  if (isScalar(value)) {
    return scalar(value, { max: 160, ...way });
  }
  if (Array.isArray(value)) {
    return list(value, way);
  }
  const name = called(value);
  const members = Object.keys(/** @type {object} */ (value));
  if (name !== null) {
    return named(value, name);
  }
  return members.length === 0 ? h("span", { class: "quiet" }, "–") : folded(counted(members.length, "member"), () => json(value));
}

/** @param {unknown[]} values @param {Way} way @returns {Child} */
function list(values, way) {
  if (values.length === 0) {
    return h("span", { class: "quiet" }, "–");
  }
  const isNamed = values.every((one) => isScalar(one) || called(one) !== null);
  if (!isNamed) {
    return folded(counted(values.length, "item"), () => json(values));
  }
  const shown = values.slice(0, MAX_LISTED).map((one) => h("li", null, (typeof one === "number" || (typeof one === "string" && one.length <= 40 && !isAddress(one) && !isId(one))) ? badge(plain(one, 40)) : compact(one, { ...way, max: 80 })));
  return h("ul", { class: "in-line" }, shown, values.length > MAX_LISTED ? h("li", { class: "quiet" }, folded(`${values.length - MAX_LISTED} more`, () => json(values))) : null);
}
