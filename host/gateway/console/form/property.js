// The name of one property of a database.

import { among, combobox } from "../components/combobox.js";
import { plain } from "./plain.js";

/** @param {import("./slot.js").Field} field @param {import("./sources.js").Property[]} properties @returns {import("./slot.js").Input} */
export function propertyInput({ label, changed, context: { signal } }, properties) {
  const options = properties.map(({ name, type }) => ({ value: name, label: plain(name, 100), detail: type.replaceAll("_", " ") }));
  const field = combobox({ label, find: among(options), free: true, onChange: changed, signal });
  return {
    element: field.element,
    controls: [field.input],
    read: () => {
      const text = field.input.value.trim();
      return field.chosen && field.chosen.label === text ? field.chosen.value : text || undefined;
    },
    write: (value) => {
      if (value !== undefined && typeof value !== "string") {
        return false;
      }
      field.set(value ? options.find((option) => option.value === value) ?? { value, label: value } : null);
      return true;
    },
  };
}
