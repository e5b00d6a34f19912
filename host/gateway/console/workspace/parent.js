// Where a new page goes: found by name, among pages and databases.

import { combobox } from "../components/combobox.js";
import { field } from "../components/field.js";
import { call } from "../kit/api.js";
import { emojiOf, titleOf } from "./object.js";
import { find } from "./found.js";
import { idIn, short } from "./address.js";

/** @typedef {{id: string, kind: "page" | "database", title: string}} Place */

/** Names of each kind that are offered. */
const MAX_FOUND = 12;

/**
 * What an id names.
 *
 * @param {string} id
 * @param {string | undefined} connection
 * @param {AbortSignal} signal
 * @param {string | null} [likely] the kind that is asked for first
 * @returns {Promise<Place | null>}
 */
export async function placeNamed(id, connection, signal, likely) {
  const on = connection ? { connection_id: connection } : {};
  const page = () => call("get_page", { page_id: id, detail: "full", ...on }, { signal }).then(({ result }) => ({ id, kind: /** @type {const} */ ("page"), title: called(result) }), () => null);
  const database = () => call("get_database", { database_id: id, detail: "full", ...on }, { signal }).then(({ result }) => ({ id, kind: /** @type {const} */ ("database"), title: called(result.data_source ?? result.database) }), () => null);
  const [first, second] = likely === "database" ? [database, page] : [page, database];
  return await first() ?? await second();
}

/** @param {any} object */
const called = (object) => [emojiOf(object), titleOf(object) || "Untitled"].filter(Boolean).join(" ");

/**
 * @param {object} options
 * @param {Place | null} options.chosen
 * @param {string | undefined} options.connection
 * @param {(place: Place | null) => void} options.onChange
 * @param {AbortSignal} options.signal
 */
export function parentField({ chosen, connection, onChange, signal }) {
  const asOption = (/** @type {Place} */ { id, kind, title }) => ({ value: `${kind} ${short(id)}`, label: title || "Untitled", detail: kind });
  /** @type {Map<string, Place>} */
  const known = new Map();
  const keep = (/** @type {Place} */ place) => {
    const option = asOption(place);
    known.set(option.value, place);
    return option;
  };
  const box = combobox({
    label: "Where it goes",
    chosen: chosen && keep(chosen),
    placeholder: "Search pages and databases, or paste a link",
    signal,
    find: async (text, asked) => {
      const id = idIn(text);
      if (id) {
        const place = await placeNamed(id, connection, asked);
        return place ? [keep(place)] : [];
      }
      const ask = (/** @type {"page" | "database"} */ kind) => find({ kind, words: text, limit: MAX_FOUND, connection, signal: asked });
      const [databases, pages] = await Promise.all([ask("database"), ask("page")]);
      return [...databases.found, ...pages.found].map((one) => keep({ id: one.id, kind: one.kind, title: [one.icon, one.title || "Untitled"].filter(Boolean).join(" ") }));
    },
    onChange: (option) => onChange(option ? known.get(option.value) ?? null : null),
  });
  return field({ label: "Where it goes", control: box.element, required: true });
}
