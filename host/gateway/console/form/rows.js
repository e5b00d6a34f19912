// An object whose members the schema doesn't know: rows of names and values.

import { button } from "../components/button.js";
import { icon } from "../components/icon.js";
import { h, replace } from "../kit/element.js";
import { anyInput } from "./any.js";

/** Rows that are shown as a form; what has more is JSON. */
const MAX_ROWS = 100;

/** @type {import("./slot.js").Make} */
export function rowsInput({ schema, label, required, changed, context }) {
  const own = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  /** @type {{element: HTMLElement, control: HTMLInputElement, read: () => [string, unknown], fault: () => string, number: (place: number) => void}[]} */
  let rows = [];
  const list = h("div", { class: "value-rows" });
  const add = button({ label: "Add member", icon: "add", describes: label, press: () => {
    put("", undefined).control.focus();
    changed();
  } });

  /** @param {string} name @param {unknown} value */
  function put(name, value) {
    const control = h("input", { type: "text", class: "row-name", autocomplete: "off", spellcheck: "false", placeholder: "Name", value: name, on: { input: changed } });
    const makes = Object.keys(own).length ? context.slot({ schema: own, name: "", label: `${label}: value`, changed, context, bare: true }) : anyInput({ schema: {}, name: "", label: `${label}: value`, required: false, changed, context });
    const shown = makes.write(value);
    const gone = h("button", { type: "button", class: "plain square", on: { click: drop } }, icon("close"));
    const row = {
      element: h("div", { class: "name-value" }, control, makes.element, gone),
      control,
      read: () => /** @type {[string, unknown]} */ ([control.value, makes.read()]),
      fault: () => ("fault" in makes ? makes.fault?.() ?? "" : ""),
      number: (/** @type {number} */ place) => {
        control.setAttribute("aria-label", `${label}: name ${place}`);
        gone.setAttribute("aria-label", `Remove member ${place} of ${label}`);
      },
      isShown: shown !== false,
    };
    function drop() {
      const at = rows.indexOf(row);
      rows = rows.filter((one) => one !== row);
      row.element.remove();
      number();
      (rows[Math.min(at, rows.length - 1)]?.control ?? add).focus();
      changed();
    }
    rows.push(row);
    list.append(row.element);
    number();
    return row;
  }
  function number() {
    list.hidden = rows.length === 0;
    add.disabled = rows.length >= MAX_ROWS;
    rows.forEach((row, at) => row.number(at + 1));
  }
  number();
  const given = () => rows.map((row) => row.read()).filter(([name, value]) => name !== "" && value !== undefined);
  return {
    element: h("div", { class: "stack tight" }, list, h("div", { class: "actions" }, add)),
    get controls() {
      return [rows[0]?.control ?? add];
    },
    isGroup: true,
    read: () => (given().length || required ? Object.fromEntries(given()) : undefined),
    write: (value) => {
      if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) {
        return false;
      }
      rows = [];
      replace(list);
      const entries = Object.entries(/** @type {object} */ (value ?? {}));
      if (entries.length > MAX_ROWS) {
        return false;
      }
      entries.forEach(([name, one]) => put(name, one));
      number();
      return true;
    },
    fault: () => {
      const names = rows.map((row) => row.read()).filter(([, value]) => value !== undefined).map(([name]) => name);
      if (names.includes("")) {
        return "Give each value a name.";
      }
      if (new Set(names).size < names.length) {
        return "Give each name once.";
      }
      return rows.map((row) => row.fault()).find(Boolean) ?? "";
    },
  };
}
