// The columns of a database: their types, options, and which of them people fill in.

import { call } from "../kit/api.js";
import { descriptionOf, emojiOf, parentOf, titleOf } from "./object.js";

/** @typedef {{name: string, color: string}} Option */
/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} name
 * @property {string} type
 * @property {string} description
 * @property {Option[]} options of select, multi-select and status
 * @property {string} format of numbers
 * @property {string} related the data source whose rows a relation names
 * @property {boolean} isWritten whether people fill it in
 */
/**
 * @typedef {object} Database
 * @property {string} id of the data source, which is what rows belong to
 * @property {string} title
 * @property {string} description
 * @property {string} icon
 * @property {string} url
 * @property {boolean} isTrashed
 * @property {import("./object.js").Parent | null} parent
 * @property {Column[]} columns the title first
 */
/** @typedef {{title: string, icon: string, url: string, sources: {id: string, name: string}[]}} Several */

/** Types of which Notion, or a formula, has the value. */
const COMPUTED = new Set(["formula", "rollup", "unique_id", "button", "created_time", "created_by", "last_edited_time", "last_edited_by"]);
/** Types that can be filled in here. */
const WRITTEN = new Set(["title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "checkbox", "url", "email", "phone_number", "relation", "files"]);

/** Whether Notion has a column's value by itself. @param {Column} column */
export const isComputed = (column) => COMPUTED.has(column.type);

/** @param {Database} database */
export const titleColumn = (database) => database.columns.find(({ type }) => type === "title");

/**
 * A database of one kind of rows, or the list of those that it holds.
 *
 * @param {string} id
 * @param {string | undefined} connection
 * @param {AbortSignal} [signal]
 * @returns {Promise<Database | Several>}
 */
export async function schemaOf(id, connection, signal) {
  const { result } = await call("get_database", { database_id: id, detail: "full", ...(connection ? { connection_id: connection } : {}) }, { signal });
  if (!result.data_source) {
    const { database } = result;
    return {
      title: titleOf(database),
      icon: emojiOf(database),
      url: String(database?.url ?? ""),
      sources: (database?.data_sources ?? []).map((/** @type {any} */ source) => ({ id: String(source.id), name: String(source.name ?? "") })),
    };
  }
  const source = result.data_source;
  const columns = Object.entries(source.properties ?? {}).map(([name, property]) => columnOf(name, property));
  columns.sort((one, other) => Number(other.type === "title") - Number(one.type === "title"));
  return {
    id: String(source.id),
    title: titleOf(source),
    description: descriptionOf(source) || descriptionOf(result.database),
    icon: emojiOf(source) || emojiOf(result.database),
    url: String(source.url ?? ""),
    isTrashed: source.in_trash === true,
    parent: parentOf(source),
    columns,
  };
}

/** @param {Database | Several} schema @returns {schema is Several} */
export const isSeveral = (schema) => "sources" in schema;

/** @param {string} name @param {any} property @returns {Column} */
function columnOf(name, property) {
  const type = String(property?.type ?? "unknown");
  const settings = property?.[type] ?? {};
  return {
    id: String(property?.id ?? name),
    name,
    type,
    description: String(property?.description ?? ""),
    options: (settings.options ?? []).map((/** @type {any} */ option) => ({ name: String(option.name), color: String(option.color ?? "default") })),
    format: String(settings.format ?? "number"),
    related: String(settings.data_source_id ?? ""),
    isWritten: WRITTEN.has(type),
  };
}
