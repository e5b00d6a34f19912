// The values that name a row: one `{property, value}`, or several that all must match.

import { valuesInput } from "./values.js";

/** @param {unknown} one @returns {one is {property: string, value: unknown}} */
const isNamed = (one) => typeof one === "object" && one !== null && Object.keys(one).length === 2 && "value" in one && "property" in one && typeof one.property === "string";

/** @param {import("./slot.js").Field} field @param {import("./sources.js").Property[]} properties @returns {import("./slot.js").Input} */
export function uniqueInput(field, properties) {
  const rows = valuesInput({ ...field, required: false }, properties);
  return {
    ...rows,
    get controls() {
      return rows.controls;
    },
    read: () => {
      const named = Object.entries(rows.read() ?? {}).map(([property, value]) => ({ property, value }));
      return named.length > 1 ? named : named[0];
    },
    write: (value) => {
      const all = value === undefined ? [] : Array.isArray(value) ? value : [value];
      const isOne = !Array.isArray(value) || value.length > 1;
      return all.every(isNamed) && isOne && rows.write(Object.fromEntries(all.map(({ property, value: one }) => [property, one])));
    },
  };
}
