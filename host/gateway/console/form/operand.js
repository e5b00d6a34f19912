// The control for a value of a database's property, by the property's type.

import { among, combobox } from "../components/combobox.js";
import { h } from "../kit/element.js";
import { dateInput } from "./date.js";
import { familyOf } from "./operators.js";
import { plain } from "./plain.js";
import { pages, people } from "./sources.js";
import { tokens } from "./tokens.js";

/** @typedef {import("./sources.js").Property} Property */
/** @typedef {{element: HTMLElement, control: HTMLElement, read: () => unknown}} Operand `read` answers undefined while there is nothing */

/** Options that a list of the browser's own can show; more are searched. */
const MAX_LISTED = 25;

/**
 * @param {object} options
 * @param {Property} options.property
 * @param {boolean} [options.many]
 * @param {unknown} [options.value]
 * @param {string} options.label
 * @param {() => void} options.onChange
 * @param {boolean} [options.free] whether an option counts that the property doesn't have yet
 * @param {import("./sources.js").On} [options.on]
 * @param {AbortSignal} [options.signal]
 * @returns {Operand}
 */
export function operandInput({ property, many = false, value, label, onChange, free = false, on = {}, signal }) {
  const family = familyOf(property.type) ?? "any";
  if (family === "people" || family === "relation") {
    return chosenFrom(family, { many, value, label, onChange, on, signal });
  }
  if (many) {
    const options = (property.options ?? []).map(asOption);
    const field = tokens({ label, find: among(options), value: Array.isArray(value) ? value.map(String) : [], free: free || family === "text" || options.length === 0, onChange, signal });
    return { element: field.element, control: field.control, read: () => some(field.read()) };
  }
  if ((family === "choice" || family === "choices") && property.options?.length) {
    return option(property.options, { value, label, onChange, free, signal });
  }
  if (family === "checkbox") {
    return listed([["true", "checked"], ["false", "not checked"]], { value: value === undefined ? "" : String(value), label, onChange }, (chosen) => chosen === "true");
  }
  if (family === "verification") {
    return listed([["verified", "verified"], ["expired", "expired"], ["none", "none"]], { value: value === undefined ? "" : String(value), label, onChange }, (chosen) => chosen);
  }
  if (family === "date") {
    const field = dateInput({ label: plain(label), value: value === undefined ? "" : String(value), words: true, onChange });
    return { element: field.element, get control() {
      return field.control;
    }, read: () => field.read() || undefined };
  }
  return typed(family, { value, label, onChange, isNumber: property.type === "number" });
}

/** @param {unknown[]} list */
const some = (list) => (list.length ? list : undefined);

/** @param {string} name */
const asOption = (name) => ({ value: name, label: plain(name, 200) });

/** @typedef {{value: unknown, label: string, onChange: () => void, free?: boolean, signal?: AbortSignal}} Common */

/** @param {[string, string][]} options @param {Common} common @param {(chosen: string) => unknown} read @returns {Operand} */
function listed(options, { value, label, onChange }, read) {
  const control = h("select", { "aria-label": plain(label), on: { change: onChange } }, h("option", { value: "" }, "Choose"), options.map(([key, words]) => h("option", { value: key }, words)));
  control.value = String(value ?? "");
  return { element: control, control, read: () => (control.value === "" ? undefined : read(control.value)) };
}

/** @param {string[]} options @param {Common} common @returns {Operand} */
function option(options, common) {
  const { value, label, onChange, free, signal } = common;
  const isKnown = value === undefined || options.includes(String(value));
  if (!free && isKnown && options.length <= MAX_LISTED) {
    // By their places: an option may have an empty name.
    const place = options.indexOf(String(value));
    return listed(options.map((name, at) => [String(at), plain(name, 80)]), { ...common, value: place < 0 ? "" : place }, (chosen) => options[Number(chosen)]);
  }
  const chosen = value === undefined ? null : asOption(String(value));
  const field = combobox({ label: plain(label), find: among(options.map(asOption)), chosen, free: true, onChange, signal });
  return { element: field.element, control: field.input, read: () => entered(field) };
}

/** What a searchable list holds, also when the person hasn't left it yet. @param {{chosen: import("../components/combobox.js").Option | null, input: HTMLInputElement}} field */
function entered(field) {
  const text = field.input.value.trim();
  return field.chosen && field.chosen.label === text ? field.chosen.value : text || undefined;
}

/** @param {string} family @param {{value: unknown, label: string, onChange: () => void, isNumber: boolean}} common @returns {Operand} */
function typed(family, { value, label, onChange, isNumber }) {
  const control = h("input", { type: "text", autocomplete: "off", spellcheck: "false", inputmode: isNumber ? "decimal" : null, "aria-label": plain(label), on: { input: onChange } });
  control.value = value === undefined ? "" : String(value);
  return {
    element: control,
    control,
    read: () => {
      const text = family === "text" ? control.value : control.value.trim();
      if (text === "") {
        return undefined;
      }
      const isPlainNumber = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text));
      if ((family === "number" || family === "any") && isPlainNumber) {
        return Number(text);
      }
      return family === "any" && /^(true|false)$/.test(text) ? text === "true" : text;
    },
  };
}

/** @param {"people" | "relation"} family @param {{many: boolean, value: unknown, label: string, onChange: () => void, on: import("./sources.js").On, signal?: AbortSignal}} common @returns {Operand} */
function chosenFrom(family, { many, value, label, onChange, on, signal }) {
  const source = family === "people" ? people(on) : pages(on);
  source.catch(() => {});
  const find = async (/** @type {string} */ text, /** @type {AbortSignal} */ asked) => {
    const found = await (await source)?.find(text, asked) ?? [];
    return family === "people" && "me".startsWith(text.toLowerCase()) ? [{ value: "me", label: "me", detail: "whoever the connection acts for" }, ...found] : found;
  };
  const name = async (/** @type {string} */ one) => (/^[0-9a-f-]{32,36}$/i.test(one) ? await (await source)?.name?.(one) ?? null : null);
  if (many) {
    const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
    const field = tokens({ label, find, name, value: values.map(String), onChange, signal });
    return { element: field.element, control: field.control, read: () => some(field.read()) };
  }
  const field = combobox({ label: plain(label), find, chosen: value === undefined ? null : { value: String(value), label: String(value) }, free: true, onChange, signal, placeholder: "Type to search, or paste an id" });
  if (value !== undefined) {
    name(String(value)).then((found) => {
      if (found && field.chosen?.value === String(value) && document.activeElement !== field.input) {
        field.set({ value: String(value), label: found });
      }
    }).catch(() => {});
  }
  return { element: field.element, control: field.input, read: () => entered(field) };
}
