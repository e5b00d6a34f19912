// Any value as JSON: the second way for every field, and the first one for what has no form.

import { h } from "../kit/element.js";

/** Reads JSON. @param {string} text @returns {{value: unknown, fault?: undefined} | {fault: string}} */
export function parsed(text) {
  try {
    const value = JSON.parse(text);
    const inexact = numbersOf(text).find(isInexact);
    return inexact ? { fault: `The number ${inexact.slice(0, 40)} is longer than can be sent exactly: give it as a text.` } : { value };
  } catch (error) {
    return { fault: `This isn't JSON${place(text, /** @type {Error} */ (error).message)}.` };
  }
}

/** The numbers of a text that is JSON, as they are written. @param {string} text */
const numbersOf = (text) => [...text.matchAll(/"(?:[^"\\]|\\.)*"|(-?\d[\d.eE+-]*)/g)].map(([, number]) => number ?? "").filter(Boolean);

/** Whether reading a number changes it. @param {string} source */
const isInexact = (source) => !Number.isFinite(Number(source)) || (/^-?\d+$/.test(source) && !Number.isSafeInteger(Number(source)));

/** Where reading stopped. @param {string} text @param {string} message */
function place(text, message) {
  const [, at] = /position (\d+)/.exec(message) ?? [];
  if (at === undefined) {
    return /end of/i.test(message) ? ": it ends too soon" : "";
  }
  const before = text.slice(0, Number(at)).split("\n");
  return `: look at line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** @param {unknown} value */
export const written = (value) => (value === undefined ? "" : JSON.stringify(value, null, 2));

/**
 * @param {{label: string, onChange: () => void, placeholder?: string, rows?: number}} options
 * @returns {import("./slot.js").Input}
 */
export function jsonInput({ label, onChange, placeholder, rows = 4 }) {
  const control = h("textarea", { class: "code", rows, spellcheck: "false", autocomplete: "off", "aria-label": label, placeholder, on: { input: onChange } });
  /** What was written, and its text: it stays as it was until it is changed. @type {{text: string, value: unknown}} */
  let given = { text: "", value: undefined };
  return {
    element: control,
    controls: [control],
    read: () => {
      if (control.value === given.text) {
        return given.value;
      }
      const text = control.value.trim();
      const read = text ? parsed(text) : { value: undefined };
      return read.fault === undefined ? read.value : undefined;
    },
    write: (value) => {
      given = { text: written(value), value };
      control.value = given.text;
      control.rows = Math.min(20, Math.max(rows, given.text.split("\n", 21).length));
      return true;
    },
    fault: () => {
      const text = control.value.trim();
      return text && control.value !== given.text ? parsed(text).fault ?? "" : "";
    },
  };
}
