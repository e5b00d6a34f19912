// Rows of a database, a page of them at a time; and one row as a whole.

import { call } from "../kit/api.js";
import { short } from "./address.js";
import { emojiOf, parentOf, titleOf } from "./object.js";
import { titleColumn } from "./schema.js";

/** @typedef {import("./schema.js").Column} Column */
/** @typedef {import("./schema.js").Database} Database */
/** @typedef {{id: string, values: Record<string, unknown>}} Row */
/** @typedef {{rows: Row[], titles: Record<string, string>, next: string | undefined, notes: string[]}} RowPage */

/** Rows of one page. */
export const PAGE = 50;

/** @param {string | undefined} connection */
const on = (connection) => (connection ? { connection_id: connection } : {});

/**
 * @param {object} options
 * @param {Database} options.database
 * @param {Column[]} options.columns those that are read; the title always is
 * @param {unknown} [options.filter] as `query` takes it
 * @param {unknown[]} [options.sorts]
 * @param {string} [options.cursor]
 * @param {number} [options.limit]
 * @param {string | undefined} options.connection
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<RowPage>}
 */
export async function rowsOf({ database, columns, filter, sorts, cursor, limit = PAGE, connection, signal }) {
  const title = titleColumn(database)?.name;
  const names = [...new Set([...(title === undefined ? [] : [title]), ...columns.filter(({ type }) => type !== "button").map(({ name }) => name)])];
  const input = { database_id: database.id, limit, ...(filter ? { filter } : {}), ...(sorts?.length ? { sorts } : {}), ...(cursor ? { cursor } : {}), ...on(connection) };
  const files = columns.filter(({ type }) => type === "files");
  const [{ result }, linked] = await Promise.all([
    call("query", { ...input, properties: names }, { signal }),
    files.length ? linksOf(input, files, signal) : null,
  ]);
  const beginnings = result.all_begin_with ?? {};
  const rows = result.rows.map((/** @type {any[]} */ cells) => {
    /** @type {Record<string, unknown>} */
    const values = {};
    result.columns.forEach((/** @type {string} */ name, /** @type {number} */ place) => {
      // The first cell is the row's id, whatever its column is called.
      if (place > 0) {
        const cell = cells[place];
        values[name] = typeof cell === "string" && Object.hasOwn(beginnings, name) ? `${beginnings[name]}${cell}` : cell;
      }
    });
    const id = String(cells[0]);
    return { id, values: { ...values, ...linked?.get(short(id)) } };
  });
  return { rows, titles: shortened(result.titles), next: result.next_cursor, notes: (result.notes ?? []).map(String) };
}

/** Files with their links, which the short form leaves out. @param {any} input @param {Column[]} files @param {AbortSignal} [signal] @returns {Promise<Map<string, Record<string, unknown>>>} */
async function linksOf(input, files, signal) {
  const { result } = await call("query", { ...input, properties: files.map(({ name }) => name), detail: "full" }, { signal });
  return new Map((result.results ?? []).map((/** @type {any} */ page) => [short(page.id), Object.fromEntries(files.map(({ name }) => [name, (page.properties?.[name]?.files ?? []).map(plainFile)]))]));
}

/** @param {any} file */
const plainFile = (file) => ({ name: String(file?.name ?? ""), url: String(file?.file?.url ?? file?.external?.url ?? "") });

/** @param {Record<string, unknown> | undefined} titles @returns {Record<string, string>} */
const shortened = (titles) => Object.fromEntries(Object.entries(titles ?? {}).map(([id, title]) => [short(id), String(title)]));

/**
 * @typedef {object} Page
 * @property {string} id
 * @property {string} title
 * @property {string} icon
 * @property {string} url
 * @property {import("./object.js").Parent | null} parent
 * @property {boolean} isTrashed
 * @property {boolean} isLocked
 * @property {string} edited
 * @property {Record<string, unknown>} values by the names of columns, without the title; what is empty isn't there
 * @property {Record<string, {id: string, name: string}[]>} people those of the values, with their ids
 * @property {Record<string, string>} titles of related pages
 * @property {Set<string>} cut columns of which not all could be read
 * @property {{text: string, isCut: boolean, unknown: number} | null} content
 */

/**
 * @param {string} id
 * @param {{connection: string | undefined, content?: boolean, signal?: AbortSignal}} options
 * @returns {Promise<Page>}
 */
export async function pageOf(id, { connection, content = false, signal }) {
  const input = { page_id: id, ...on(connection) };
  const [{ result: compact }, { result: full }] = await Promise.all([
    call("get_page", input, { signal }),
    call("get_page", { ...input, detail: "full", ...(content ? { content: true } : {}) }, { signal }),
  ]);
  /** @type {Record<string, {id: string, name: string}[]>} */
  const people = {};
  for (const [name, property] of Object.entries(/** @type {Record<string, any>} */ (full.properties ?? {}))) {
    if (property?.type === "people") {
      people[name] = (property.people ?? []).map((/** @type {any} */ person) => ({ id: String(person.id), name: String(person.name ?? "") }));
    }
  }
  const markdown = full.markdown;
  return {
    id: String(full.id ?? id),
    title: titleOf(full),
    icon: emojiOf(full),
    url: String(full.url ?? ""),
    parent: parentOf(full),
    isTrashed: full.in_trash === true,
    isLocked: full.is_locked === true,
    edited: String(full.last_edited_time ?? ""),
    values: compact.properties ?? {},
    people,
    titles: shortened(compact.titles),
    cut: new Set((compact.cut ?? []).map(String)),
    content: markdown ? { text: String(markdown.markdown ?? ""), isCut: markdown.truncated === true, unknown: (markdown.unknown_block_ids ?? []).length } : null,
  };
}

/** The values of a page as its row has them. @param {Page} page @param {Database} database @returns {Row} */
export function asRow(page, database) {
  const title = titleColumn(database)?.name;
  return { id: short(page.id), values: { ...page.values, ...(title === undefined ? {} : { [title]: page.title }) } };
}
