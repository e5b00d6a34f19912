// Which columns of a database are shown: kept in this browser, by their ids alone.

import { checkbox } from "../components/field.js";
import { h } from "../kit/element.js";
import { button } from "../components/button.js";
import { brief } from "./text.js";

/** @typedef {import("./schema.js").Column} Column */

/** Columns that are shown before anybody has chosen. */
const FIRST = 5;
/** Columns that can be shown at once: more would make a page of rows slow. */
const MAX_SHOWN = 40;

/** @param {string} database */
const key = (database) => `toolbay:columns:${database}`;

/** The columns to show, besides the title. @param {import("./schema.js").Database} database @returns {Column[]} */
export function shownColumns({ id, columns }) {
  const others = columns.filter(({ type }) => type !== "title" && type !== "button");
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key(id)) ?? "null");
  } catch {
    // Without storage, or with something else in it, the first ones are shown.
  }
  return Array.isArray(kept) ? others.filter((column) => kept.includes(column.id)).slice(0, MAX_SHOWN) : others.slice(0, FIRST);
}

/** @param {string} database @param {Column[] | null} columns none for the first ones */
function keep(database, columns) {
  try {
    if (columns) {
      localStorage.setItem(key(database), JSON.stringify(columns.map(({ id }) => id)));
    } else {
      localStorage.removeItem(key(database));
    }
  } catch {
    // It counts until the page is left, then.
  }
}

/**
 * Boxes for the columns.
 *
 * @param {import("./schema.js").Database} database
 * @param {Column[]} shown
 * @param {(shown: Column[]) => void} onChange
 */
export function columnChooser(database, shown, onChange) {
  const others = database.columns.filter(({ type }) => type !== "title" && type !== "button");
  const boxes = others.map((column) => ({ column, ...checkbox(brief(column.name, 60), { checked: shown.includes(column), on: { change: tell } }) }));
  const said = h("p", { class: "quiet", role: "status" });
  function tell() {
    const chosen = boxes.filter(({ box }) => box.checked).map(({ column }) => column);
    said.textContent = chosen.length > MAX_SHOWN ? `The first ${MAX_SHOWN} are shown.` : "";
    const now = chosen.slice(0, MAX_SHOWN);
    keep(database.id, now);
    onChange(now);
  }
  /** @param {boolean | null} isAll none for the first ones */
  const set = (isAll) => {
    boxes.forEach(({ box }, place) => {
      box.checked = isAll ?? place < FIRST;
    });
    tell();
    if (isAll === null) {
      keep(database.id, null);
    }
  };
  return h("div", { class: "stack" },
    h("fieldset", { class: "column-boxes" }, h("legend", null, "Columns to show"), boxes.map(({ element }) => element)),
    h("div", { class: "actions" }, button({ label: "All", press: () => set(true) }), button({ label: "None", press: () => set(false) }), button({ label: "The first ones", press: () => set(null) }), said));
}
