// A field for markdown, with what it becomes beside it; on a narrow screen the two are tabs.

import { freshId, h, replace } from "../kit/element.js";
import { markdownBar } from "./markdownbar.js";
import { notionMarkdown } from "./notion-markdown.js";

/** How long a person types before the preview follows, in milliseconds; longer for long texts. */
const SOON = 150;
const LATER = 800;
const LONG = 40_000;

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.value
 * @param {string | undefined} options.connection
 * @param {(text: string) => void} [options.onInput]
 * @param {() => void} [options.save] done by Ctrl+Enter
 * @param {AbortSignal} options.signal
 */
export function markdownField({ label, value, connection, onInput, save, signal }) {
  const id = freshId("markdown");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  const preview = h("div", { class: "preview-body", tabindex: "0", role: "region", "aria-label": `${label}: preview` });
  const area = h("textarea", { id, class: "code", rows: 16, value, spellcheck: "true", "aria-describedby": `${id}-help`, on: {
    input: () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, area.value.length > LONG ? LATER : SOON);
      onInput?.(area.value);
    },
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (save && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        save();
      }
    },
  } });
  signal.addEventListener("abort", () => clearTimeout(waiting));
  function show() {
    replace(preview, area.value.trim() ? notionMarkdown(area.value, { connection }) : h("p", { class: "quiet" }, "Nothing to show yet."));
  }

  const narrow = matchMedia("(max-width: 62rem)");
  const write = h("div", { class: "write-side", id: `${id}-write` }, h("div", { class: "field" }, h("label", { for: id }, label), markdownBar(area), area,
    h("p", { class: "help", id: `${id}-help` }, "Markdown: # heading, - list, - [ ] to do, > quote, ``` code. Ctrl+B and Ctrl+I make words bold and italic.")));
  const read = h("div", { class: "preview-side", id: `${id}-read` }, h("h2", { class: "label" }, "Preview"), preview);
  const sides = [write, read];
  const tabs = ["Write", "Preview"].map((name, place) => h("button", {
    type: "button",
    role: "tab",
    id: `${id}-tab-${place}`,
    "aria-controls": sides[place]?.id,
    on: {
      click: () => choose(place),
      keydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
          event.preventDefault();
          choose(1 - place);
          tabs[1 - place]?.focus();
        }
      },
    },
  }, name));
  const tablist = h("div", { role: "tablist", "aria-label": "Write or preview" }, tabs);
  let chosen = 0;
  /** @param {number} place */
  function choose(place) {
    chosen = place;
    clearTimeout(waiting);
    show();
    lay();
  }
  function lay() {
    tablist.hidden = !narrow.matches;
    sides.forEach((side, place) => {
      side.hidden = narrow.matches && place !== chosen;
      if (narrow.matches) {
        side.setAttribute("role", "tabpanel");
        side.setAttribute("aria-labelledby", `${id}-tab-${place}`);
      } else {
        side.removeAttribute("role");
        side.removeAttribute("aria-labelledby");
      }
    });
    tabs.forEach((tab, place) => {
      tab.setAttribute("aria-selected", String(place === chosen));
      tab.tabIndex = place === chosen ? 0 : -1;
    });
  }
  narrow.addEventListener("change", lay, { signal });
  show();
  lay();
  return {
    element: h("div", { class: "markdown-field tabs" }, tablist, h("div", { class: "sides" }, sides)),
    control: area,
    read: () => area.value,
    /** @param {string} text */
    set: (text) => {
      area.value = text;
      show();
    },
  };
}
