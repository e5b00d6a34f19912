// Which rows are asked for: kept in the address, so that a view of a database can be shared.

import { note } from "../kit/router.js";
import { shownColumns } from "./columns.js";
import { titleColumn } from "./schema.js";

/**
 * @typedef {object} Asked
 * @property {string} words of the title
 * @property {any} filter as `query` takes it
 * @property {unknown[]} sorts as `query` takes them
 * @property {import("./schema.js").Column[]} columns
 */

/** What the address says as JSON; nothing where that is none. @param {string | null} text */
function read(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** @param {URLSearchParams} query @param {import("./schema.js").Database} database @returns {Asked} */
export function readAsked(query, database) {
  const [filter, sorts] = [read(query.get("filter")), read(query.get("sorts"))];
  return {
    words: query.get("q") ?? "",
    filter: typeof filter === "object" && !Array.isArray(filter) ? filter : null,
    sorts: Array.isArray(sorts) ? sorts : [],
    columns: shownColumns(database),
  };
}

/** @param {Asked} asked @param {{cursor: string | undefined, number: number}} page */
export function keepAsked({ words, filter, sorts }, { cursor, number }) {
  const kept = new URLSearchParams(location.search);
  const state = { q: words, filter: filter ? JSON.stringify(filter) : "", sorts: sorts.length ? JSON.stringify(sorts) : "", cursor: cursor ?? "", page: cursor && number > 1 ? String(number) : "" };
  for (const [name, value] of Object.entries(state)) {
    if (value) {
      kept.set(name, value);
    } else {
      kept.delete(name);
    }
  }
  note(kept);
}

/** The filter with what is searched in the title. @param {Asked} asked @param {import("./schema.js").Database} database */
export function wholeFilter({ words, filter }, database) {
  const title = titleColumn(database);
  const found = words && title ? { property: title.name, contains: words } : null;
  return filter && found ? { and: [filter, found] } : filter ?? found;
}
