// A field of a form: its name, what it means, the control, and beside it what is wrong with what was entered.

import { freshId, h, replace } from "../kit/element.js";

/**
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {HTMLElement} control
 * @property {(text: string) => void} refuse says what is wrong; an empty text takes it back
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {HTMLElement} options.control the element that takes the focus, or holds the one that does
 * @param {import("../kit/element.js").Child} [options.help]
 * @param {boolean} [options.required]
 * @returns {Field}
 */
export function field({ label, control, help, required = false }) {
  const target = /** @type {HTMLElement} */ (control.matches("input, select, textarea, [role=combobox]") ? control : control.querySelector("input, select, textarea, [role=combobox]") ?? control);
  const id = target.id || freshId("field");
  target.id = id;
  const wrong = h("p", { class: "wrong", id: `${id}-wrong`, "aria-live": "polite" });
  const described = [help ? `${id}-help` : "", `${id}-wrong`].filter(Boolean).join(" ");
  target.setAttribute("aria-describedby", described);
  if (required) {
    target.setAttribute("aria-required", "true");
  }
  const name = h("label", { for: id }, label, required ? h("span", { class: "required" }, " required") : null);
  const element = h("div", { class: "field" }, name, help ? h("p", { class: "help", id: `${id}-help` }, help) : null, control, wrong);
  return {
    element,
    control: target,
    refuse: (text) => {
      replace(wrong, text);
      target.toggleAttribute("aria-invalid", Boolean(text));
      if (text) {
        target.setAttribute("aria-invalid", "true");
      }
    },
  };
}

/** @param {Record<string, unknown>} [attributes] */
export const textInput = (attributes) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });

/** @param {{value: string, label: string}[]} options @param {Record<string, unknown>} [attributes] */
export function select(options, { value, ...attributes } = {}) {
  const made = h("select", attributes, options.map((option) => h("option", { value: option.value }, option.label)));
  if (value !== undefined) {
    made.value = String(value);
  }
  return made;
}

/** A box to tick, with its name beside it. @param {string} label @param {Record<string, unknown>} [attributes] */
export function checkbox(label, attributes) {
  const id = freshId("box");
  const box = h("input", { type: "checkbox", id, ...attributes });
  return { element: h("div", { class: "check" }, box, h("label", { for: id }, label)), box };
}
