// One of a few, each with a sentence on what it means.

import { freshId, h, replace } from "../kit/element.js";

/**
 * @param {object} options
 * @param {string} options.legend
 * @param {{value: string, label: string, help?: import("../kit/element.js").Child}[]} options.options
 * @param {string} options.value the one that is chosen first
 * @param {(value: string) => void} [options.onChange]
 */
export function radios({ legend, options, value, onChange }) {
  const name = freshId("radios");
  let chosen = value;
  const inputs = options.map((option, place) => h("input", {
    type: "radio",
    name,
    id: `${name}-${place}`,
    value: option.value,
    checked: option.value === value,
    "aria-describedby": option.help ? `${name}-${place}-help` : null,
    on: {
      change: () => {
        chosen = option.value;
        onChange?.(chosen);
      },
    },
  }));
  const wrong = h("p", { class: "wrong", "aria-live": "polite" });
  const element = h("fieldset", { class: "radios" }, h("legend", null, legend), options.map((option, place) => h("div", { class: "check" },
    inputs[place],
    h("div", null,
      h("label", { for: `${name}-${place}` }, option.label),
      option.help ? h("p", { class: "help", id: `${name}-${place}-help` }, option.help) : null))), wrong);
  return {
    element,
    get value() {
      return chosen;
    },
    /** The one that takes the focus. */
    get control() {
      return inputs.find((input) => input.checked) ?? inputs[0];
    },
    /** @param {string} text */
    refuse: (text) => replace(wrong, text),
  };
}
