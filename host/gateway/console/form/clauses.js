// Filters and sorts of `query` as fields of a form.

import { filterBuilder, sortBuilder } from "./filter.js";

/** @typedef {import("./sources.js").Property} Property */

/** @param {import("./slot.js").Field} field @param {Property[]} properties @returns {import("./slot.js").Input} */
export function filterInput({ label, required, changed, context: { on, signal } }, properties) {
  const builder = filterBuilder({ properties, label, on, signal, onChange: changed });
  return {
    element: builder.element,
    get controls() {
      return /** @type {HTMLElement[]} */ ([...builder.element.querySelectorAll("[aria-invalid=true]"), ...builder.element.querySelectorAll("select, button")].slice(0, 1));
    },
    isGroup: true,
    read: () => builder.value ?? (required ? {} : undefined),
    write: (value) => (value !== undefined && (typeof value !== "object" || value === null || Object.keys(value).length === 0) ? false : builder.set(value)),
    fault: () => (builder.check({ focus: false }) ? "" : "A condition has no value yet."),
  };
}

/** @param {import("./slot.js").Field} field @param {Property[]} properties @returns {import("./slot.js").Input} */
export function sortsInput({ label, required, changed }, properties) {
  const builder = sortBuilder({ properties, label, onChange: changed });
  return {
    element: builder.element,
    get controls() {
      return /** @type {HTMLElement[]} */ ([...builder.element.querySelectorAll("select, button")].slice(0, 1));
    },
    isGroup: true,
    read: () => builder.value ?? (required ? [] : undefined),
    write: (value) => (Array.isArray(value) && value.length === 0 ? false : builder.set(value)),
  };
}
