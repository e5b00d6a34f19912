// The values of a row, by the properties of its database: each with the control of its type.

import { button } from "../components/button.js";
import { icon } from "../components/icon.js";
import { h, replace } from "../kit/element.js";
import { propertySelect } from "./condition.js";
import { operandInput } from "./operand.js";
import { familyOf } from "./operators.js";

/** @typedef {import("./sources.js").Property} Property */

/** What only Notion sets. */
const COMPUTED = ["formula", "rollup", "created_time", "last_edited_time", "created_by", "last_edited_by", "unique_id", "button", "verification"];

/** @param {Property} property */
const takesMany = ({ type }) => ["multi_select", "people", "relation", "files"].includes(type);

/** Whether a value is one that the control of a type shows. @param {Property} property @param {unknown} value */
function fits(property, value) {
  const isText = (/** @type {unknown} */ one) => typeof one === "string" && one !== "";
  if (takesMany(property)) {
    return Array.isArray(value) && value.length > 0 && value.every(isText);
  }
  return { number: typeof value === "number", checkbox: typeof value === "boolean" }[/** @type {string} */ (familyOf(property.type))] ?? isText(value);
}

/** @param {import("./slot.js").Field} field @param {Property[]} properties @returns {import("./slot.js").Input} */
export function valuesInput({ label, required, changed, context: { on, signal } }, properties) {
  const known = properties.filter(({ type }) => !COMPUTED.includes(type) && (familyOf(type) || type === "files"));
  /** @type {{element: HTMLElement, control: HTMLElement, name: () => string, read: () => unknown, number: (place: number) => void}[]} */
  let rows = [];
  const list = h("div", { class: "value-rows" });
  const add = button({ label: "Add value", icon: "add", describes: label, press: () => {
    const used = new Set(rows.map((row) => row.name()));
    const free = known.find(({ name }) => !used.has(name));
    if (free) {
      put(free, undefined).control.focus();
      changed();
    }
  } });

  /** @param {Property} property @param {unknown} value null empties it */
  function put(property, value) {
    /** @type {import("./operand.js").Operand} */
    let operand;
    const place = h("div", { class: "row-value" });
    const chosen = propertySelect(known, { label: "Property", value: property.name, change: () => {
      fill(undefined);
      changed();
    } });
    const empties = h("button", { type: "button", class: "plain", "aria-pressed": String(value === null), on: { click: () => {
      const isOn = empties.getAttribute("aria-pressed") !== "true";
      empties.setAttribute("aria-pressed", String(isOn));
      place.hidden = isOn;
      changed();
    } } }, "Empty");
    const gone = h("button", { type: "button", class: "plain square", on: { click: drop } }, icon("close"));
    /** @param {unknown} given */
    function fill(given) {
      const current = chosen.read() ?? property;
      operand = operandInput({ property: current.type === "files" ? { name: current.name, type: "rich_text" } : current, many: takesMany(current), value: given ?? undefined, label: `Value of ${current.name}`, onChange: changed, free: true, on, signal });
      replace(place, operand.element);
    }
    const row = {
      element: h("div", { class: "name-value" }, chosen.element, place, empties, gone),
      control: chosen.element,
      name: () => chosen.read()?.name ?? "",
      read: () => (empties.getAttribute("aria-pressed") === "true" ? null : operand.read()),
      number: (/** @type {number} */ at) => {
        chosen.element.setAttribute("aria-label", `${label}: property ${at}`);
        empties.setAttribute("aria-label", `Empty property ${at}`);
        gone.setAttribute("aria-label", `Remove value ${at} of ${label}`);
      },
    };
    function drop() {
      const at = rows.indexOf(row);
      rows = rows.filter((one) => one !== row);
      row.element.remove();
      number();
      (rows[Math.min(at, rows.length - 1)]?.control ?? add).focus();
      changed();
    }
    fill(value);
    place.hidden = value === null;
    rows.push(row);
    list.append(row.element);
    number();
    return row;
  }
  function number() {
    list.hidden = rows.length === 0;
    add.disabled = rows.length >= known.length;
    rows.forEach((row, at) => row.number(at + 1));
  }
  number();
  const given = () => rows.map((row) => /** @type {[string, unknown]} */ ([row.name(), row.read()])).filter(([, value]) => value !== undefined);
  return {
    element: h("div", { class: "stack tight" }, list, h("div", { class: "actions" }, add)),
    get controls() {
      return [rows[0]?.control ?? add];
    },
    isGroup: true,
    read: () => (given().length || required ? Object.fromEntries(given()) : undefined),
    write: (value) => {
      rows = [];
      replace(list);
      number();
      if (value === undefined) {
        return true;
      }
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return false;
      }
      const entries = Object.entries(value).map(([name, one]) => ({ property: known.find((property) => property.name === name), one }));
      if (!entries.every(({ property, one }) => property && (one === null || fits(property, one)))) {
        return false;
      }
      entries.forEach(({ property, one }) => property && put(property, one));
      return true;
    },
    fault: () => {
      const names = rows.map((row) => row.name());
      return new Set(names).size < names.length ? "Give each property once." : "";
    },
  };
}
