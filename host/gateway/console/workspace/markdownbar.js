// Buttons that put marks into a text. The text's own undo takes them back.

import { h } from "../kit/element.js";

/** @typedef {{name: string, face: string, key?: string, act: (area: HTMLTextAreaElement) => void}} Mark */

/** Puts a text in the place of what is selected. @param {HTMLTextAreaElement} area @param {string} text */
function put(area, text) {
  area.focus();
  // The old command alone leaves the browser's undo as it is.
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Marks around what is selected. @param {string} before @param {string} after @param {string} usual */
const around = (before, after, usual) => (/** @type {HTMLTextAreaElement} */ area) => {
  const { selectionStart: from, selectionEnd: until } = area;
  const chosen = area.value.slice(from, until) || usual;
  put(area, `${before}${chosen}${after}`);
  area.setSelectionRange(from + before.length, from + before.length + chosen.length);
};

/** A mark before each line that is selected, or without it where all have it. @param {string} mark */
const before = (mark) => (/** @type {HTMLTextAreaElement} */ area) => {
  const from = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const end = area.value.indexOf("\n", area.selectionEnd);
  const until = end < 0 ? area.value.length : end;
  const lines = area.value.slice(from, until).split("\n");
  const isMarked = lines.every((line) => line.startsWith(mark));
  area.setSelectionRange(from, until);
  put(area, lines.map((line) => (isMarked ? line.slice(mark.length) : `${mark}${line}`)).join("\n"));
};

/** @type {Mark[]} */
const MARKS = [
  { name: "Bold", face: "B", key: "b", act: around("**", "**", "bold") },
  { name: "Italic", face: "I", key: "i", act: around("*", "*", "italic") },
  { name: "Link", face: "Link", key: "k", act: around("[", "](https://)", "text") },
  { name: "Heading", face: "H", act: before("## ") },
  { name: "List", face: "List", act: before("- ") },
  { name: "To do", face: "To do", act: before("- [ ] ") },
  { name: "Quote", face: "Quote", act: before("> ") },
  { name: "Code", face: "Code", act: around("`", "`", "code") },
];

/** @param {HTMLTextAreaElement} area */
export function markdownBar(area) {
  const buttons = MARKS.map((mark, place) => h("button", {
    type: "button",
    tabindex: place === 0 ? "0" : "-1",
    "aria-label": mark.key ? `${mark.name} (Ctrl+${mark.key.toUpperCase()})` : mark.name,
    class: `mark-${mark.name.toLowerCase().replace(" ", "-")}`,
    on: { click: () => mark.act(area) },
  }, mark.face));
  area.addEventListener("keydown", (event) => {
    const mark = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey ? MARKS.find(({ key }) => key === event.key.toLowerCase()) : undefined;
    if (mark) {
      event.preventDefault();
      mark.act(area);
    }
  });
  return h("div", { class: "markdown-bar", role: "toolbar", "aria-label": "Marks", on: { keydown: (/** @type {KeyboardEvent} */ event) => {
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    const next = to === undefined ? undefined : buttons[(to + buttons.length) % buttons.length];
    if (next) {
      event.preventDefault();
      buttons.forEach((one) => {
        one.tabIndex = one === next ? 0 : -1;
      });
      next.focus();
    }
  } } }, buttons);
}
