// What a search of names answers, as rows of a list.

import { table } from "../components/table.js";
import { when } from "../components/layout.js";
import { icon } from "../components/icon.js";
import { call } from "../kit/api.js";
import { h, replace } from "../kit/element.js";
import { databaseAddress, pageAddress } from "./address.js";
import { emojiOf, parentOf, titleOf } from "./object.js";
import { placeOf } from "./places.js";
import { titled } from "./text.js";

/**
 * @typedef {object} Found
 * @property {string} id
 * @property {"page" | "database"} kind
 * @property {string} title
 * @property {string} icon
 * @property {import("./object.js").Parent | null} parent
 * @property {string} edited
 * @property {number | null} properties how many columns a database has
 */

/**
 * Databases or pages whose title has these words; without words those that were edited last.
 *
 * @param {object} options
 * @param {"page" | "database"} options.kind
 * @param {string} options.words
 * @param {number} options.limit
 * @param {string} [options.cursor]
 * @param {string | undefined} options.connection
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<{found: Found[], next: string | undefined}>}
 */
export async function find({ kind, words, limit, cursor, connection, signal }) {
  const { result } = await call("search", {
    object: kind === "page" ? "page" : "data_source",
    query: words,
    page_size: limit,
    detail: "full",
    ...(words ? {} : { sort: "descending" }),
    ...(cursor ? { cursor } : {}),
    ...(connection ? { connection_id: connection } : {}),
  }, { signal });
  const found = result.results.filter((/** @type {any} */ object) => object.in_trash !== true).map((/** @type {any} */ object) => ({
    id: String(object.id),
    kind,
    title: titleOf(object),
    icon: emojiOf(object),
    parent: parentOf(object),
    edited: String(object.last_edited_time ?? ""),
    properties: kind === "database" && object.properties ? Object.keys(object.properties).length : null,
  }));
  return { found, next: result.next_cursor };
}

/** @param {Found} found @param {string | undefined} connection */
const linkTo = ({ id, kind }, connection) => (kind === "database" ? databaseAddress(id, connection) : pageAddress(id, connection));

/**
 * Where something is: the name of what holds it comes when it is known.
 *
 * @param {import("./object.js").Parent | null} parent
 * @param {string | undefined} connection
 */
export function whereabouts(parent, connection) {
  const shown = h("span", { class: "quiet" }, parent?.kind === "workspace" ? "Workspace" : parent?.id && parent.kind !== "block" ? "…" : "Inside a page");
  if (parent && (parent.kind === "page" || parent.kind === "database")) {
    const { kind, id } = parent;
    placeOf(parent, connection).then((place) => replace(shown, place
      ? h("a", { href: kind === "database" ? databaseAddress(id, connection) : pageAddress(id, connection) }, place.icon ? [h("span", { "aria-hidden": "true" }, place.icon), " "] : null, titled(place.title, 60))
      : "Not shared with this connection"));
  }
  return shown;
}

/**
 * @param {"page" | "database"} kind
 * @param {Found[]} found
 * @param {string | undefined} connection
 * @param {string} none
 */
export function foundTable(kind, found, connection, none) {
  /** @type {import("../components/table.js").Column<Found>[]} */
  const columns = [
    { name: "Name", show: (one) => h("a", { class: "found", href: linkTo(one, connection) }, one.icon ? h("span", { class: "emoji", "aria-hidden": "true" }, one.icon) : icon(kind === "database" ? "databases" : "file"), titled(one.title, 120)) },
    { name: "Where", show: (one) => whereabouts(one.parent, connection) },
    { name: "Edited", show: (one) => (one.edited ? when(one.edited) : null) },
  ];
  if (kind === "database") {
    columns.push({ name: "Properties", kind: "number", show: (one) => one.properties ?? "" });
  }
  return table({ caption: kind === "database" ? "Databases" : "Pages", columns, rows: found, none });
}
