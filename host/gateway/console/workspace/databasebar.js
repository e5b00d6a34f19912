// Above the rows: finding by name, filter, order and columns.

import { folded } from "../components/layout.js";
import { filterBuilder, sortBuilder } from "../form/filter.js";
import { h, replace } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { columnChooser } from "./columns.js";
import { titleColumn } from "./schema.js";
import { brief } from "./text.js";

/** How long a person types before the rows are asked for, in milliseconds. */
const TYPING = 300;

/** How many conditions a filter has. @param {any} filter @returns {number} */
function conditions(filter) {
  if (typeof filter !== "object" || filter === null) {
    return 0;
  }
  if (Array.isArray(filter)) {
    return filter.reduce((sum, each) => sum + conditions(each), 0);
  }
  if (typeof filter.property === "string" || typeof filter.timestamp === "string") {
    return 1;
  }
  return Object.entries(filter).reduce((sum, [name, each]) => sum + (/^(and|or)$/i.test(name) ? conditions(each) : 1), 0);
}

/**
 * @param {object} options
 * @param {import("./schema.js").Database} options.database
 * @param {string | undefined} options.connection
 * @param {import("./asked.js").Asked} options.asked what is asked for at first; it is changed here
 * @param {(what: "rows" | "columns") => void} options.onChange
 * @param {AbortSignal} options.signal
 */
export function databaseBar({ database, connection, asked, onChange, signal }) {
  const title = titleColumn(database);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  const soon = () => {
    clearTimeout(typing);
    typing = setTimeout(() => onChange("rows"), TYPING);
  };
  signal.addEventListener("abort", () => clearTimeout(typing));

  const search = h("input", {
    type: "search",
    id: "find-rows",
    autocomplete: "off",
    spellcheck: "false",
    value: asked.words,
    on: {
      input: () => {
        asked.words = search.value.trim();
        soon();
      },
    },
  });
  const find = title ? h("div", { class: "field find" }, h("label", { for: "find-rows" }, `Find in ${brief(title.name, 40)}`), search) : null;

  const names = { filter: h("span"), sorts: h("span"), columns: h("span") };
  function count() {
    const filters = conditions(asked.filter);
    replace(names.filter, filters ? `Filter: ${counted(filters, "condition")}` : "Filter");
    replace(names.sorts, asked.sorts.length ? `Order: ${counted(asked.sorts.length, "column")}` : "Order");
    replace(names.columns, `Columns: ${asked.columns.length + (title ? 1 : 0)} of ${database.columns.filter(({ type }) => type !== "button").length}`);
  }
  count();

  const properties = database.columns.map(({ name, type, options, related }) => ({ name, type, ...(options.length ? { options: options.map((option) => option.name) } : {}), ...(related ? { data_source_id: related } : {}) }));
  const on = { connection: () => connection };
  /** @type {ReturnType<typeof filterBuilder> | null} */
  let filter = null;
  /** @type {ReturnType<typeof sortBuilder> | null} */
  let sorts = null;
  const filterPanel = folded(names.filter, () => {
    filter = filterBuilder({ properties, value: asked.filter, on, signal, onChange: (value) => {
      asked.filter = value ?? null;
      count();
      soon();
    } });
    return filter.element;
  });
  const sortPanel = folded(names.sorts, () => {
    sorts = sortBuilder({ properties, value: asked.sorts, onChange: (value) => {
      asked.sorts = value ?? [];
      count();
      soon();
    } });
    return sorts.element;
  });
  const columnPanel = folded(names.columns, () => columnChooser(database, asked.columns, (now) => {
    asked.columns = now;
    count();
    onChange("columns");
  }));

  return {
    element: h("div", { class: "bar" }, find, h("div", { class: "bar-panels" }, filterPanel, sortPanel, columnPanel)),
    /** Shows what is asked for now, after it was changed elsewhere. */
    again: () => {
      if (search.value.trim() !== asked.words) {
        search.value = asked.words;
      }
      filter?.set(asked.filter);
      sorts?.set(asked.sorts);
      count();
    },
  };
}
