// A value of any type: the person says of which it is.

import { h, replace } from "../kit/element.js";
import { jsonInput } from "./json.js";

/** @typedef {"text" | "number" | "boolean" | "null" | "json"} Type */

/** @type {[Type, string][]} */
const TYPES = [["text", "Text"], ["number", "Number"], ["boolean", "Yes or no"], ["null", "Nothing"], ["json", "JSON"]];

/** @param {unknown} value @returns {Type} */
function typeOf(value) {
  if (value === null) {
    return "null";
  }
  return /** @type {Record<string, Type>} */ ({ string: "text", number: "number", boolean: "boolean" })[typeof value] ?? "json";
}

/** Whether a description's first example is JSON. @param {import("./schema.js").Schema} schema */
const wantsJson = ({ description = "", type }) => /^[^"]{0,40}[[{]\s*["\d{[\]}]/.test(description) || (Array.isArray(type) && !type.includes("string"));

/** @type {import("./slot.js").Make} */
export function anyInput({ schema, label, changed }) {
  /** @type {Type} */
  let type = wantsJson(schema) ? "json" : "text";
  const first = type;
  const select = h("select", { class: "any-type", "aria-label": `${label}: type`, on: { change: () => {
    const before = read();
    type = /** @type {Type} */ (select.value);
    fill(before);
    changed();
  } } }, TYPES.map(([value, words]) => h("option", { value }, words)));
  const text = h("textarea", { rows: 1, class: "any-text", "aria-label": label, spellcheck: "false", on: { input: () => {
    isBlank = false;
    changed();
  } } });
  const number = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": label, on: { input: changed } });
  const yes = h("select", { "aria-label": label, on: { change: changed } }, h("option", { value: "" }, "Choose"), h("option", { value: "true" }, "Yes"), h("option", { value: "false" }, "No"));
  const json = jsonInput({ label, onChange: changed, rows: 3 });
  const nothing = h("span", { class: "quiet" }, "No value: null");
  const place = h("div", { class: "any-place" });
  /** Whether an empty text was given, and not yet changed. */
  let isBlank = false;

  const control = () => ({ text, number, boolean: yes, json: /** @type {HTMLElement} */ (json.controls[0]), null: select })[type];
  /** Shows the control of the type, with what was there as far as it fits. @param {unknown} value */
  function fill(value) {
    const said = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
    text.value = said;
    text.rows = Math.min(12, said.split("\n", 13).length);
    number.value = typeOf(value) === "number" || /^-?\d+(\.\d+)?$/.test(said) ? said : "";
    yes.value = said === "true" || said === "false" ? said : "";
    json.write(value);
    select.value = type;
    replace(place, type === "null" ? nothing : control());
  }
  function read() {
    switch (type) {
      case "null": return null;
      case "json": return json.read();
      case "boolean": return yes.value === "" ? undefined : yes.value === "true";
      case "number": return number.value.trim() === "" ? undefined : Number.isFinite(Number(number.value)) ? Number(number.value) : number.value;
      default: return text.value === "" ? (isBlank ? "" : undefined) : text.value;
    }
  }
  fill(undefined);
  return {
    element: h("div", { class: "any" }, select, place),
    get controls() {
      return [control()];
    },
    hasJson: true,
    read,
    write: (value) => {
      type = value === undefined ? first : typeOf(value);
      isBlank = value === "";
      fill(value);
      return true;
    },
    fault: () => (type === "json" ? json.fault?.() ?? "" : type === "number" && typeof read() === "string" ? "Give a number." : ""),
  };
}
