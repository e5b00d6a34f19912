// Names of a database's properties, and what is said of them: columns, groups, sums.

import { among } from "../components/combobox.js";
import { plain } from "./plain.js";
import { tokens } from "./tokens.js";

/** @typedef {import("./sources.js").Property} Property */

const NUMBERS = ["number", "formula", "rollup"];
const DATES = ["date", "created_time", "last_edited_time"];

/** What can be said in a list, by its name. @type {Record<string, (properties: Property[]) => string[]>} */
const SAYINGS = {
  group_by: (properties) => properties.flatMap(({ name, type }) => (DATES.includes(type) ? ["day", "week", "month", "quarter", "year"].map((unit) => `${name} by ${unit}`) : [name])),
  aggregates: (properties) => ["count", ...properties.flatMap(({ name, type }) => (NUMBERS.includes(type) ? [`sum ${name}`, `average ${name}`, `min ${name}`, `max ${name}`] : DATES.includes(type) ? [`min ${name}`, `max ${name}`] : [`empty ${name}`]))],
};

/** @param {import("./slot.js").Field} field @param {Property[]} properties @returns {import("./slot.js").Input} */
export function namesInput({ name, label, required, changed, context: { signal } }, properties) {
  const options = (SAYINGS[name]?.(properties) ?? properties.map((property) => property.name)).map((value) => ({ value, label: plain(value, 100) }));
  const field = tokens({ label, find: among(options), free: true, onChange: changed, signal });
  return {
    element: field.element,
    controls: [field.control],
    isGroup: true,
    read: () => (field.read().length || required ? field.read() : undefined),
    write: (value) => {
      if (value !== undefined && !(Array.isArray(value) && value.every((one) => typeof one === "string"))) {
        return false;
      }
      field.write(value ?? []);
      return true;
    },
  };
}
