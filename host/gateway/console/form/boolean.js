// Yes or no, or neither: what isn't said is left to the tool.

import { freshId, h } from "../kit/element.js";

/** @type {import("./slot.js").Make} */
export function booleanInput({ schema, label, required, changed }) {
  const name = freshId("boolean");
  const open = typeof schema.default === "boolean" ? `Default (${schema.default ? "yes" : "no"})` : "Not given";
  const options = /** @type {[string, unknown][]} */ ([...(required ? [] : [[open, undefined]]), ["Yes", true], ["No", false]]);
  const inputs = options.map(([, value], place) => h("input", { type: "radio", name, id: `${name}-${place}`, checked: value === undefined, on: { change: changed } }));
  return {
    element: h("div", { class: "in-row", role: "radiogroup", "aria-label": label }, options.map(([words], place) => h("div", { class: "check" }, inputs[place], h("label", { for: `${name}-${place}` }, words)))),
    controls: inputs,
    isGroup: true,
    read: () => options[inputs.findIndex((input) => input.checked)]?.[1],
    write: (value) => {
      const place = options.findIndex(([, one]) => one === value);
      inputs.forEach((input, other) => {
        input.checked = other === place;
      });
      return place >= 0 || value === undefined;
    },
  };
}
