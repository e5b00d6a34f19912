// One condition of a filter: a property, an operator that fits its type, and a value with the control of that type.

import { icon } from "../components/icon.js";
import { h, replace } from "../kit/element.js";
import { operandInput } from "./operand.js";
import { familyOf, operatorNamed, operatorsOf } from "./operators.js";
import { plain } from "./plain.js";

/** @typedef {import("./sources.js").Property} Property */
/** @typedef {import("./filter-text.js").Condition} Condition */

/** Properties of our own names. @type {Record<string, string>} */
const CALLED = { created_time: "Time of creation", last_edited_time: "Time of the last edit" };

/** @param {Property[]} properties @param {{label: string, value: string, change: () => void}} options */
export function propertySelect(properties, { label, value, change }) {
  const made = h("select", { "aria-label": label, on: { change } }, properties.map((property, place) => h("option", { value: place }, plain(CALLED[property.name] ?? property.name, 80))));
  const place = properties.findIndex(({ name }) => name === value);
  made.value = String(Math.max(0, place));
  return { element: made, read: () => properties[Number(made.value)] };
}

/**
 * @param {Condition} condition
 * @param {{known: Property[], tell: () => void, remove: () => void, on?: import("./sources.js").On, signal?: AbortSignal}} context
 */
export function conditionRow(condition, { known, tell, remove, on, signal }) {
  let name = "Condition";
  /** @type {import("./operand.js").Operand[]} */
  let operands = [];
  const property = propertySelect(known, { label: "Property", value: condition.property, change: () => {
    fillOperators("");
    fillOperand(undefined);
    tell();
  } });
  const operator = h("select", { class: "operator", on: { change: () => {
    fillOperand(read()?.operand);
    tell();
  } } });
  const place = h("div", { class: "filter-value" });
  const gone = h("button", { type: "button", class: "plain square", on: { click: remove } }, icon("close"));
  const wrong = h("p", { class: "wrong", "aria-live": "polite" });
  const element = h("div", { class: "filter-condition" }, h("div", { class: "filter-row" }, property.element, operator, place, gone), wrong);

  const family = () => familyOf(property.read()?.type ?? "") ?? "any";
  const current = () => operatorNamed(family(), operator.value);

  /** @param {string} wanted */
  function fillOperators(wanted) {
    const operators = operatorsOf(family());
    replace(operator, operators.map((one) => h("option", { value: one.name }, one.words)));
    operator.value = operatorNamed(family(), wanted)?.name ?? operators[0]?.name ?? "";
  }

  /** @param {unknown} value */
  function fillOperand(value) {
    const chosen = property.read();
    const takes = current()?.takes ?? "none";
    const changed = () => {
      refuse("");
      tell();
    };
    const make = (/** @type {unknown} */ one, /** @type {string} */ label, many = false) => operandInput({ property: chosen ?? { name: "", type: "" }, many, value: one, label, onChange: changed, on, signal });
    const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
    if (takes === "none") {
      operands = [];
    } else if (takes === "two") {
      operands = [make(list[0], "From"), make(list[1], "To")];
    } else if (takes === "many") {
      operands = [make(list, "Values", true)];
    } else {
      operands = [make(list[0], "Value")];
    }
    place.hidden = operands.length === 0;
    replace(place, operands.map(({ element: one }, at) => [at ? h("span", { class: "quiet" }, "and") : null, one]));
    label();
    refuse("");
  }

  /** @returns {Condition | null} */
  function read() {
    const chosen = property.read();
    const operatorChosen = current();
    const values = operands.map((operand) => operand.read());
    if (!chosen || !operatorChosen || values.includes(undefined)) {
      return null;
    }
    const said = { property: chosen.name, operator: operatorChosen.name };
    return operatorChosen.takes === "none" ? said : { ...said, operand: operatorChosen.takes === "two" ? values : values[0] };
  }

  /** @param {string} text */
  function refuse(text) {
    replace(wrong, text);
    for (const operand of operands) {
      if (text && operand.read() === undefined) {
        operand.control.setAttribute("aria-invalid", "true");
      } else {
        operand.control.removeAttribute("aria-invalid");
      }
    }
  }

  function label() {
    const parts = operands.length === 2 ? ["from", "to"] : [current()?.takes === "many" ? "values" : "value"];
    operands.forEach((operand, at) => operand.control.setAttribute("aria-label", `${name}: ${parts[at]}`));
    property.element.setAttribute("aria-label", `${name}: property`);
    operator.setAttribute("aria-label", `${name}: operator`);
    gone.setAttribute("aria-label", `Remove ${name}`);
  }
  fillOperators(condition.operator);
  fillOperand(condition.operand);
  return {
    element,
    read,
    check: () => {
      const isComplete = read() !== null;
      refuse(isComplete ? "" : "Give a value, or remove the condition.");
      return isComplete;
    },
    /** @param {string} text */
    name: (text) => {
      name = text;
      label();
    },
    focus: () => property.element.focus(),
  };
}
