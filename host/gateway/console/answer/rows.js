// Rows of an answer as a table: objects with the same members, or columns with lists of values.

import { table } from "../components/table.js";
import { foreign, h } from "../kit/element.js";
import { inWords, plain } from "../form/plain.js";
import { called, compact } from "./compact.js";
import { bounded } from "./more.js";
import { pageOf, placeOf } from "./places.js";
import { isAddress, isId, isScalar, outside } from "./scalar.js";

/** @typedef {{name: string, key: string | number, label?: string}} Column */

/** Columns that are shown: what has more is better read elsewhere. */
const MAX_COLUMNS = 40;

/** Rows whose members tell the columns. */
const LOOKED_AT = 200;

const TITLES = ["title", "Title", "name", "Name", "label"];

/** Whether a list is one of objects that have much in common. @param {unknown} value @returns {value is Record<string, unknown>[]} */
export function areObjects(value) {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "object" && one !== null && !Array.isArray(one));
}

/** Whether an object is a table: `columns` with their names, and lists of as many values. @param {any} object @param {string} member */
export const isTable = (object, member) => Array.isArray(object?.columns) && object.columns.every((/** @type {unknown} */ name) => typeof name === "string")
  && Array.isArray(object[member]) && object[member].every((/** @type {unknown} */ row) => Array.isArray(row));

/** @param {Record<string, unknown>[]} rows @param {{caption: string, schema?: any}} options */
export function objectRows(rows, { caption, schema }) {
  const names = [...new Set(rows.slice(0, LOOKED_AT).flatMap((row) => Object.keys(row)))];
  // What a title links to needs no column of its own.
  const hasTitle = names.some((name) => TITLES.includes(name));
  const shown = names.filter((name) => !(hasTitle && name === "url" && rows.every((row) => isAddress(row.url) && called(row) !== null)));
  return view(shown.map((name) => ({ name, key: name, label: schema?.items?.properties?.[name]?.title ?? inWords(name) })), rows, { caption, place: (row) => placeOf(row), link: (row) => row.url });
}

/** @param {any} object with `columns` and lists @param {string} member @param {{caption: string}} options */
export function columnRows(object, member, { caption }) {
  const columns = object.columns.map((/** @type {string} */ name, /** @type {number} */ key) => ({ name, key }));
  const at = object.columns.indexOf("id");
  return view(columns, object[member], { caption, titles: object.titles, place: (row) => (at >= 0 && isId(row[at]) ? pageOf(row[at]) : null) });
}

/**
 * @param {Column[]} columns
 * @param {any[]} rows
 * @param {{caption: string, titles?: Record<string, unknown>, place: (row: any) => string | null, link?: (row: any) => unknown}} options
 */
function view(columns, rows, { caption, titles, place, link }) {
  const ordered = inOrder(columns).slice(0, MAX_COLUMNS);
  const looks = new Map(ordered.map((column) => [column, lookOf(column, rows)]));
  const made = ordered.map((column, at) => {
    const { kind, asBadge } = looks.get(column) ?? { kind: "text", asBadge: false };
    return {
      name: plain(column.label ?? column.name, 80) || "–",
      kind: /** @type {any} */ (kind),
      show: (/** @type {any} */ row) => {
        const value = row?.[column.key];
        const shown = compact(value, { name: column.name, max: 160, asBadge, isShort: true, titles });
        return at === 0 ? titled(value, shown, place(row), link?.(row)) : shown;
      },
    };
  });
  const left = columns.length - ordered.length;
  return h("div", { class: "stack answer-rows" },
    bounded(rows, (some) => table({ caption, columns: made, rows: some }), "row"),
    left > 0 ? h("p", { class: "quiet" }, `${left} more columns are in the JSON.`) : null);
}

/** The first column names the row, and leads to it. @param {unknown} value @param {import("../kit/element.js").Child} shown @param {string | null} place @param {unknown} link */
function titled(value, shown, place, link) {
  const text = typeof value === "string" && !isAddress(value) ? plain(value || "Untitled", 160) : null;
  if (text === null || (value && String(value).length > 160)) {
    return shown;
  }
  return place ? h("a", { href: place }, foreign(text)) : isAddress(link) ? outside(String(link), text) : shown;
}

/** What names a row comes first, ids last. @param {Column[]} columns */
function inOrder(columns) {
  const title = columns.find(({ name }) => TITLES.includes(name)) ?? columns.find(({ name }) => !/(^|_)id$/.test(name));
  const ids = columns.filter((column) => column !== title && (column.name === "id" || column.name.endsWith("_id")));
  return [...(title ? [title] : []), ...columns.filter((column) => column !== title && !ids.includes(column)), ...ids];
}

/** How a column's values look. @param {Column} column @param {any[]} rows */
function lookOf({ key, name }, rows) {
  const values = rows.slice(0, LOOKED_AT).map((row) => row?.[key]).filter((value) => value !== null && value !== undefined);
  if (values.length && values.every((value) => typeof value === "number")) {
    return { kind: "number", asBadge: false };
  }
  const isText = values.every((value) => typeof value === "string");
  const distinct = new Set(values);
  const isShort = isText && values.every((value) => value.length > 0 && value.length <= 24 && !isId(value));
  const isTitle = TITLES.includes(name);
  const asBadge = isShort && !isTitle && values.length >= 4 && distinct.size <= 8 && distinct.size <= values.length / 2;
  const longest = Math.max(0, ...values.map((value) => (isScalar(value) ? String(value).length : 30)));
  return { kind: longest > 40 ? "text wide" : longest > 12 && !isId(values[0]) ? "text middling" : "text", asBadge };
}
