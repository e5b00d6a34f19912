// Texts: one line or several, with a preview where they are markdown.

import { folded } from "../components/layout.js";
import { checkbox } from "../components/field.js";
import { h, replace } from "../kit/element.js";
import { markdown } from "../kit/markdown.js";
import { plain } from "./plain.js";
import { hasLines, isMarkdown } from "./schema.js";

/** @type {Record<string, string>} */
const TYPES = { "email": "email", "uri": "url", "url": "url", "password": "password" };

/** Longest markdown that is previewed, in characters. */
const MAX_PREVIEWED = 200_000;

/** @type {import("./slot.js").Make} */
export function textInput({ schema, name, label, required, changed }) {
  const isLong = hasLines(schema, name);
  const attributes = { "aria-label": label, autocomplete: schema.format === "password" ? "new-password" : "off", spellcheck: isLong ? "true" : "false", placeholder: hint(schema), on: { input: () => {
    blank.element.hidden = blank.element.hidden || control.value !== "";
    blank.box.checked = false;
    changed();
  } } };
  const control = isLong
    ? h("textarea", { rows: 4, ...attributes })
    : h("input", { type: TYPES[schema.format] ?? "text", ...attributes });
  // An empty text says something else than no text: where both are possible, the person says which.
  const blank = checkbox("Send it empty", { on: { change: changed } });
  blank.element.hidden = true;
  const preview = isMarkdown(schema, name) ? previewOf(control) : null;
  return {
    element: preview || (required && !schema.minLength) ? h("div", { class: "stack tight" }, control, blank.element, preview) : control,
    controls: [control],
    read: () => (control.value === "" ? (blank.box.checked ? "" : undefined) : control.value),
    write: (value) => {
      if (value !== undefined && (typeof value !== "string" || (!isLong && /[\r\n]/.test(value)))) {
        return false;
      }
      control.value = value ?? "";
      blank.box.checked = value === "" && required && !schema.minLength;
      blank.element.hidden = !blank.box.checked;
      if (control instanceof HTMLTextAreaElement) {
        control.rows = Math.min(20, Math.max(4, (value ?? "").split("\n", 21).length));
      }
      return true;
    },
    offerBlank: () => {
      blank.element.hidden = false;
    },
  };
}

/** @param {import("./schema.js").Schema} schema */
const hint = (schema) => (typeof schema.default === "string" && schema.default ? plain(schema.default, 60) : Array.isArray(schema.examples) && typeof schema.examples[0] === "string" ? `Such as ${plain(schema.examples[0], 60)}` : null);

/** @param {HTMLInputElement | HTMLTextAreaElement} control */
function previewOf(control) {
  const body = h("div");
  const show = () => replace(body, control.value.length > MAX_PREVIEWED ? h("p", { class: "quiet" }, "This is too long for a preview.") : control.value.trim() ? markdown(control.value, { baseLevel: 4 }) : h("p", { class: "quiet" }, "Nothing is written yet."));
  const fold = folded("Preview", () => body);
  fold.addEventListener("toggle", () => fold.open && show());
  control.addEventListener("input", () => fold.open && show());
  return fold;
}
