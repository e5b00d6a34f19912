// Numbers. What is no number stays as it was typed, so that nothing is lost until it is mended.

import { h } from "../kit/element.js";
import { typesOf } from "./schema.js";

/** @type {import("./slot.js").Make} */
export function numberInput({ schema, label, changed }) {
  const isWhole = typesOf(schema).includes("integer");
  const control = h("input", { type: "text", class: "short", inputmode: isWhole ? "numeric" : "decimal", autocomplete: "off", "aria-label": label, placeholder: typeof schema.default === "number" ? schema.default : null, on: { input: changed } });
  return {
    element: control,
    controls: [control],
    read: () => {
      const text = control.value.trim();
      const value = Number(text);
      const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) && Number.isFinite(value) && !(/^[+-]?\d+$/.test(text) && !Number.isSafeInteger(value));
      return text === "" ? undefined : isNumber ? value : text;
    },
    write: (value) => {
      if (value !== undefined && typeof value !== "number" && typeof value !== "string") {
        return false;
      }
      control.value = value === undefined ? "" : String(value);
      return true;
    },
  };
}
