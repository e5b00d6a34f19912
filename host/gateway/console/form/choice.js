// One of a few: radio buttons, a list, or a list that is searched, by how many there are.

import { among, combobox } from "../components/combobox.js";
import { freshId, h } from "../kit/element.js";
import { plain } from "./plain.js";
import { same } from "./same.js";
import { choicesOf } from "./schema.js";

const MAX_RADIOS = 4;
const MAX_LISTED = 25;

/** @type {import("./slot.js").Make} */
export function choiceInput(field) {
  const options = choicesOf(field.schema) ?? [];
  const isShort = options.every(({ label }) => label.length <= 40);
  return options.length <= MAX_RADIOS && isShort ? radios(options, field) : options.length <= MAX_LISTED ? listed(options, field) : searched(options, field);
}

/** @typedef {{value: unknown, label: string}} Option */

/** What it is called that nothing was chosen. @param {import("./slot.js").Field} field @param {Option[]} options */
function open({ schema }, options) {
  const found = options.find(({ value }) => "default" in schema && same(value, schema.default));
  return found ? `Default (${plain(found.label, 40)})` : "Not given";
}

/** @param {Option[]} options @param {import("./slot.js").Field} field @returns {import("./slot.js").Input} */
function radios(options, field) {
  const { label, required, changed } = field;
  const name = freshId("choice");
  const shown = /** @type {(Option | null)[]} */ ([...(required ? [] : [null]), ...options]);
  const inputs = shown.map((option, place) => h("input", { type: "radio", name, id: `${name}-${place}`, checked: option === null, on: { change: changed } }));
  return {
    element: h("div", { class: "in-row", role: "radiogroup", "aria-label": label }, shown.map((option, place) => h("div", { class: "check" }, inputs[place], h("label", { for: `${name}-${place}` }, option ? plain(option.label, 60) || "(empty)" : open(field, options))))),
    controls: inputs,
    isGroup: true,
    read: () => shown[inputs.findIndex((input) => input.checked)]?.value,
    write: (value) => {
      const at = shown.findIndex((option) => (option ? value !== undefined && same(option.value, value) : value === undefined));
      inputs.forEach((input, other) => {
        input.checked = other === at;
      });
      return at >= 0 || value === undefined;
    },
  };
}

/** @param {Option[]} options @param {import("./slot.js").Field} field @returns {import("./slot.js").Input} */
function listed(options, field) {
  const control = h("select", { "aria-label": field.label, on: { change: field.changed } }, h("option", { value: "" }, field.required ? "Choose" : open(field, options)), options.map(({ label }, place) => h("option", { value: place }, plain(label, 80) || "(empty)")));
  return {
    element: control,
    controls: [control],
    read: () => (control.value === "" ? undefined : options[Number(control.value)]?.value),
    write: (value) => {
      const place = options.findIndex((option) => same(option.value, value));
      control.value = place < 0 ? "" : String(place);
      return place >= 0 || value === undefined;
    },
  };
}

/** @param {Option[]} options @param {import("./slot.js").Field} field @returns {import("./slot.js").Input} */
function searched(options, { label, changed, context }) {
  const known = options.map((option, place) => ({ value: String(place), label: plain(option.label, 100) || "(empty)" }));
  const field = combobox({ label, find: among(known), onChange: changed, signal: context.signal });
  return {
    element: field.element,
    controls: [field.input],
    read: () => {
      const typed = field.input.value.trim();
      const exact = known.find((option) => option.label === typed);
      return typed === "" ? undefined : exact ? options[Number(exact.value)]?.value : typed;
    },
    write: (value) => {
      const place = options.findIndex((option) => same(option.value, value));
      field.set(known[place] ?? null);
      return place >= 0 || value === undefined;
    },
  };
}
