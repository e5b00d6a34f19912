// Rows as a table: one page of them. On a narrow screen each is a card.

import { button } from "../components/button.js";
import { h } from "../kit/element.js";
import { pageAddress } from "./address.js";
import { titleColumn } from "./schema.js";
import { brief, clipped, titled } from "./text.js";
import { shown } from "./value.js";

/** @typedef {import("./schema.js").Column} Column */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {{column: string, isDescending: boolean}} Sort */

/** What a sort of `query` means, in either of its forms. @param {unknown} sort @returns {Sort | null} */
export function readSort(sort) {
  if (typeof sort === "string") {
    const isDescending = sort.startsWith("-");
    return { column: isDescending ? sort.slice(1) : sort, isDescending };
  }
  const { property, timestamp, direction } = /** @type {any} */ (sort ?? {});
  const column = property ?? timestamp;
  return typeof column === "string" ? { column, isDescending: /^desc/.test(String(direction)) } : null;
}

/** The id of a row's button, by which it is found again after the table was made anew. @param {string} id */
export const editId = (id) => `edit-${id.replaceAll("-", "")}`;

/**
 * @param {object} options
 * @param {import("./schema.js").Database} options.database
 * @param {Column[]} options.columns besides the title
 * @param {Row[]} options.rows
 * @param {Record<string, string>} options.titles
 * @param {string | undefined} options.connection
 * @param {unknown[]} options.sorts
 * @param {(column: Column) => void} options.sort
 * @param {((row: Row) => unknown) | null} options.edit
 * @param {((row: Row) => unknown) | null} options.trash
 */
export function rowTable({ database, columns, rows, titles, connection, sorts, sort, edit, trash }) {
  const title = titleColumn(database);
  const all = [...(title ? [title] : []), ...columns];
  const around = { titles, connection };
  const [first] = sorts.map(readSort);
  const hasActions = Boolean(edit || trash);

  /** @param {Column} column */
  const head = (column) => {
    const order = first?.column === column.name ? (first.isDescending ? "descending" : "ascending") : null;
    const mark = order && h("span", { "aria-hidden": "true" }, order === "ascending" ? " ↑" : " ↓");
    return h("th", { scope: "col", class: kindOf(column), "aria-sort": order }, h("button", {
      type: "button",
      class: "sort",
      id: `sort-${column.id}`,
      title: column.description ? brief(column.description, 200) : null,
      on: { click: () => sort(column) },
    }, clipped(column.name, 60), mark));
  };
  /** @param {Row} row @param {Column} column */
  const cell = (row, column) => h("td", { class: kindOf(column), "data-name": brief(column.name, 60) }, h("div", { class: "cell" }, shown(column, row.values[column.name], around)));
  /** @param {Row} row */
  const line = (row) => {
    const name = String(row.values[title?.name ?? ""] ?? "");
    const called = brief(name) || "Untitled";
    return h("tr", { "data-row": row.id },
      h("th", { scope: "row", "data-name": brief(title?.name ?? "Title", 60) }, h("div", { class: "cell" }, h("a", { href: pageAddress(row.id, connection) }, titled(name)))),
      columns.map((column) => cell(row, column)),
      hasActions ? h("td", { class: "actions", "data-name": "Actions" }, h("div", { class: "row-actions" },
        edit && named(button({ label: "Edit", describes: called, press: () => edit(row) }), editId(row.id)),
        trash && button({ label: "Trash", describes: called, press: () => trash(row) }))) : null);
  };
  return h("div", { class: "table scroll rows", tabindex: "0", role: "region", "aria-label": `Rows of ${brief(database.title) || "the database"}` }, h("table", null,
    h("caption", { class: "unseen" }, `Rows of ${brief(database.title) || "the database"}`),
    h("thead", null, h("tr", null, all.map(head), hasActions ? h("th", { scope: "col", class: "actions" }, h("span", { class: "unseen" }, "Actions")) : null)),
    h("tbody", null, rows.map(line))));
}

/** @param {Column} column */
const kindOf = ({ type }) => (["number"].includes(type) ? "number" : type === "checkbox" ? "check-cell" : null);

/** @template {HTMLElement} Named @param {Named} element @param {string} id */
function named(element, id) {
  element.id = id;
  return element;
}
