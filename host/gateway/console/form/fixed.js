// A value that can't be another one.

import { foreign, h } from "../kit/element.js";
import { checkbox } from "../components/field.js";
import { plain } from "./plain.js";
import { same } from "./same.js";

/** @type {import("./slot.js").Make} */
export function fixedInput({ schema, required, changed }) {
  const words = plain(typeof schema.const === "string" ? schema.const : JSON.stringify(schema.const), 120);
  if (required) {
    const element = h("p", { class: "fixed" }, foreign(words));
    return { element, controls: [], isGroup: true, read: () => schema.const, write: (value) => value === undefined || same(value, schema.const) };
  }
  const { element, box } = checkbox(words, { on: { change: changed } });
  return {
    element,
    controls: [box],
    isGroup: true,
    read: () => (box.checked ? schema.const : undefined),
    write: (value) => {
      box.checked = value !== undefined;
      return value === undefined || same(value, schema.const);
    },
  };
}
