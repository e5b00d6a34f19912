// Several things that are chosen one after the other: options, people, related rows.

import { combobox } from "../../components/combobox.js";
import { icon } from "../../components/icon.js";
import { h, replace } from "../../kit/element.js";
import { brief, clipped } from "../text.js";

/** @typedef {import("../../components/combobox.js").Option} Option */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {Option[]} options.chosen
 * @param {(text: string, signal: AbortSignal) => Promise<Option[]> | Option[]} options.find
 * @param {boolean} [options.free] whether a text that isn't in the list counts
 * @param {string} [options.placeholder]
 * @param {() => void} [options.onChange]
 * @param {AbortSignal} [options.signal]
 */
export function things({ label, chosen, find, free = false, placeholder, onChange, signal }) {
  const taken = [...chosen];
  const list = h("ul", { class: "tokens", "aria-label": `${label}: chosen` });
  const said = h("span", { class: "unseen", role: "status" });
  const adder = combobox({
    label,
    free,
    placeholder,
    signal,
    find: async (text, asked) => (await find(text, asked)).filter(({ value }) => taken.every((one) => one.value !== value)),
    onChange: (option) => {
      if (option && taken.every(({ value }) => value !== option.value)) {
        taken.push(option);
        said.textContent = `${brief(option.label)} added`;
        fill();
        onChange?.();
      }
      if (option) {
        adder.set(null);
      }
    },
  });

  function fill() {
    list.hidden = taken.length === 0;
    replace(list, taken.map((option) => h("li", { class: "token" }, clipped(option.label || "Untitled", 80), h("button", {
      type: "button",
      "aria-label": `Remove ${brief(option.label || "Untitled")}`,
      on: {
        click: () => {
          taken.splice(taken.indexOf(option), 1);
          said.textContent = `${brief(option.label)} removed`;
          fill();
          adder.input.focus();
          onChange?.();
        },
      },
    }, icon("close")))));
  }
  fill();
  /** What stands in the field and isn't chosen yet. */
  const pending = () => adder.input.value.trim();
  /** What is chosen; a text that counts does so also where the person didn't leave the field before they sent the form. */
  const read = () => {
    const text = pending();
    return free && text && taken.every(({ label: known }) => known !== text) ? [...taken, { value: text, label: text }] : [...taken];
  };
  return { element: h("div", { class: "token-field" }, list, adder.element, said), control: adder.input, read, pending };
}
