// Editors of values that one control holds: texts, numbers, links, ticks, and one option of a list.

import { among, combobox } from "../../components/combobox.js";
import { checkbox, field, select, textInput } from "../../components/field.js";
import { h, replace } from "../../kit/element.js";
import { formatHelp } from "../numbers.js";
import { brief, clipped } from "../text.js";

/** @typedef {import("./index.js").Editor} Editor */
/** @typedef {import("../schema.js").Column} Column */

/** Lines of a text field, at most, before it scrolls. */
const MAX_LINES = 8;

/** What stands under a field's name. @param {Column} column @param {import("../../kit/element.js").Child} [more] */
export const helpOf = ({ description }, more) => (description || more ? [description ? clipped(description, 300) : null, description && more ? " " : null, more] : undefined);

/** The name of a field. @param {Column} column */
export const nameOf = ({ name }) => brief(name, 80);

/** Whether a comma could be read in two ways. @param {string} text */
const isDoubtful = (text) => /,\d{3}(\D|$)/.test(text) || /,.*[,.]|\..*,/.test(text);

/** @param {string} text */
const given = (text) => (text.trim() === "" ? null : text);

/** @param {Column} column @param {unknown} value @returns {Editor} */
export function line(column, value) {
  const type = { url: "url", email: "email", phone_number: "tel" }[column.type] ?? "text";
  const input = textInput({ type, value: String(value ?? ""), spellcheck: column.type === "title" ? "true" : "false" });
  const made = field({ label: nameOf(column), control: input, help: helpOf(column) });
  return { ...made, read: () => given(input.value), problem: () => "" };
}

/** @param {Column} column @param {unknown} value @returns {Editor} */
export function text(column, value) {
  const source = String(value ?? "");
  const lines = Math.min(MAX_LINES, Math.max(2, source.split("\n").length, Math.ceil(source.length / 60)));
  const area = h("textarea", { rows: lines, value: source });
  const made = field({ label: nameOf(column), control: area, help: helpOf(column, "Markdown works: **bold**, *italic*, [a link](https://example.com).") });
  return { ...made, read: () => given(area.value), problem: () => "" };
}

/** @param {Column} column @param {unknown} value @returns {Editor} */
export function number(column, value) {
  const input = textInput({ inputmode: "decimal", value: value === null || value === undefined ? "" : String(value) });
  const made = field({ label: nameOf(column), control: input, help: helpOf(column, formatHelp(column.format)) });
  const read = () => {
    const entered = input.value.trim();
    return entered === "" ? null : isDoubtful(entered) ? NaN : Number(entered.replace(",", "."));
  };
  const problem = () => (isDoubtful(input.value.trim()) ? "Write it with a point and without separators: 1234.5." : Number.isNaN(read()) ? "This is no number." : "");
  return { ...made, read, problem };
}

/** @param {Column} column @param {unknown} value @returns {Editor} */
export function tick(column, value) {
  const { element, box } = checkbox(nameOf(column), { checked: value === true });
  const wrong = h("p", { class: "wrong", "aria-live": "polite" });
  const help = helpOf(column);
  return {
    element: h("div", { class: "field" }, element, help ? h("p", { class: "help" }, help) : null, wrong),
    control: box,
    read: () => box.checked,
    problem: () => "",
    refuse: (words) => replace(wrong, words),
  };
}

/** Of a status: its options are fixed. @param {Column} column @param {unknown} value @returns {Editor} */
export function fixed(column, value) {
  const names = column.options.map(({ name }) => name);
  const current = typeof value === "string" ? value : "";
  const all = [...(current && names.includes(current) ? [] : [current]), ...names];
  const control = select(all.map((name) => ({ value: name, label: name ? brief(name, 80) : "As Notion sets it" })), { value: current });
  const made = field({ label: nameOf(column), control, help: helpOf(column) });
  return { ...made, read: () => control.value || null, problem: () => "" };
}

/** Of a select: an option, or a new one. @param {Column} column @param {unknown} value @param {AbortSignal} signal @returns {Editor} */
export function option(column, value, signal) {
  const options = column.options.map(({ name }) => ({ value: name, label: name }));
  const current = typeof value === "string" ? { value, label: value } : null;
  // What stands in the field counts, also where the person didn't leave it before they sent the form.
  const read = () => {
    const entered = box.input.value.trim();
    return entered === (box.chosen?.label ?? "").trim() ? box.chosen?.value ?? null : entered || null;
  };
  const isNew = () => {
    const entered = read();
    return entered !== null && entered !== current?.value && options.every((known) => known.value !== entered);
  };
  const note = h("p", { class: "help", role: "status" });
  const say = () => replace(note, isNew() ? ["New: ", clipped(read(), 60), " will be added to the options."] : null);
  const box = combobox({ label: nameOf(column), find: among(options), chosen: current, free: true, placeholder: "Choose, or type a new one", onChange: say, signal });
  const made = field({ label: nameOf(column), control: h("div", null, box.element, note), help: helpOf(column) });
  return { ...made, read, problem: () => "", hasNewOption: isNew };
}
