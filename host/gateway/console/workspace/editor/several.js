// Editors of lists: options, people and related rows.

import { among } from "../../components/combobox.js";
import { field } from "../../components/field.js";
import { people as peopleOf } from "../../form/sources.js";
import { short } from "../address.js";
import { rowsOf } from "../rows.js";
import { isSeveral, schemaOf, titleColumn } from "../schema.js";
import { helpOf, nameOf } from "./simple.js";
import { things } from "./things.js";

/** @typedef {import("./index.js").Editor} Editor */
/** @typedef {import("./index.js").Context} Context */
/** @typedef {import("../schema.js").Column} Column */

/** Rows that a search of related ones answers. */
const MAX_FOUND = 25;

/** @param {Column} column @param {unknown} value @param {Context} context @returns {Editor} */
export function options(column, value, { signal }) {
  const known = column.options.map(({ name }) => ({ value: name, label: name }));
  const had = new Set((Array.isArray(value) ? value : []).map(String));
  const chosen = [...had].map((name) => ({ value: name, label: name }));
  const list = things({ label: nameOf(column), chosen, find: among(known), free: true, placeholder: "Add one, or type a new one", signal });
  const made = field({ label: nameOf(column), control: list.element, help: helpOf(column) });
  const read = () => orNull(list.read().map((option) => option.value));
  return { ...made, read, problem: () => "", hasNewOption: () => list.read().some(({ value: name }) => !had.has(name) && known.every((one) => one.value !== name)) };
}

/** @param {Column} column @param {unknown} value @param {Context} context @returns {Editor} */
export function people(column, value, { connection, signal, people: known }) {
  const listed = Array.isArray(value) ? value : [];
  const isKept = listed.length > 0 && listed.every((each) => typeof each === "object" && each !== null);
  const given = isKept ? listed : known[column.name] ?? listed.map((name) => ({ id: String(name), name: String(name) }));
  const chosen = given.map(({ id, name }) => ({ value: id, label: name || "Somebody without a name here" }));
  const source = peopleOf({ connection: () => connection });
  const list = things({
    label: nameOf(column),
    chosen,
    find: async (text, asked) => (await (await source)?.find(text, asked)) ?? [],
    free: true,
    placeholder: "Add somebody by name or email",
    signal,
  });
  const made = field({ label: nameOf(column), control: list.element, help: helpOf(column) });
  return { ...made, read: () => orNull(list.read().map(({ value: id, label }) => ({ id, name: label }))), problem: () => "", asSent: (list_) => (Array.isArray(list_) ? list_.map(({ id }) => id) : null) };
}

/** @param {Column} column @param {unknown} value @param {Context} context @returns {Editor} */
export function relation(column, value, { connection, signal, titles }) {
  const given = Array.isArray(value) ? value : [];
  const chosen = given.map((each) => {
    const { id, title } = typeof each === "object" && each !== null ? /** @type {any} */ (each) : { id: String(each), title: titles[short(String(each))] };
    return { value: short(String(id)), label: String(title ?? "A page") };
  });
  /** @type {Promise<import("../schema.js").Database> | null} */
  let related = null;
  const schema = () => {
    related ??= schemaOf(column.related, connection).then((found) => {
      if (isSeveral(found)) {
        throw new Error("The related database holds several kinds of rows.");
      }
      return found;
    });
    related.catch(() => {
      related = null;
    });
    return related;
  };
  const list = things({
    label: nameOf(column),
    chosen,
    find: async (text, asked) => {
      const database = await schema();
      const title = titleColumn(database)?.name;
      const filter = text && title !== undefined ? { property: title, contains: text } : undefined;
      const { rows } = await rowsOf({ database, columns: [], filter, limit: MAX_FOUND, connection, signal: asked });
      return rows.map((row) => ({ value: short(row.id), label: String(row.values[title ?? ""] ?? "") || "Untitled" }));
    },
    placeholder: "Search rows to link",
    signal,
  });
  const made = field({ label: nameOf(column), control: list.element, help: helpOf(column) });
  return { ...made, read: () => orNull(list.read().map(({ value: id, label }) => ({ id, title: label }))), problem: () => (list.pending() ? "Choose a row from the list, or empty the field." : ""), asSent: (list_) => (Array.isArray(list_) ? list_.map(({ id }) => id) : null) };
}

/** @template T @param {T[]} list */
const orNull = (list) => (list.length ? list : null);
