// The content of a page: to read, and to edit.

import { button } from "../components/button.js";
import { empty, notice } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { h, replace } from "../kit/element.js";
import { contentDraft, contentEditor } from "./contenteditor.js";
import { intent } from "./intent.js";
import { markdownField } from "./markdownfield.js";
import { without } from "./missing.js";
import { notionMarkdown } from "./notion-markdown.js";
import { sentences } from "./text.js";

/** Characters that are shown at first. */
const FIRST = 40_000;
/** Longest content that is edited as a whole: the arguments of a call have an end. */
const MAX_EDITED = 400_000;

/**
 * @param {object} options
 * @param {import("./rows.js").Page} options.page
 * @param {string | undefined} options.connection
 * @param {Map<string, import("../kit/catalog.js").Tool>} options.tools
 * @param {() => Promise<unknown>} options.changed reads the page again
 * @param {AbortSignal} options.signal
 */
export function contentPart({ page: first, connection, tools, changed, signal }) {
  let page = first;
  let isOpen = false;
  const came = outcome();
  const body = h("div", { class: "stack" });
  const edit = button({ label: "Edit content", press: () => open() });
  edit.id = "edit-content";
  const actions = h("div", { class: "actions" });

  function show() {
    const { text = "", isCut = false } = page.content ?? {};
    const canEdit = tools.has("edit_page") && !page.isTrashed;
    const isTooLong = isCut || text.length > MAX_EDITED;
    replace(actions, canEdit ? (isTooLong ? button({ label: "Add to the end", press: append }) : edit) : null);
    const shown = text.length > FIRST ? text.slice(0, text.lastIndexOf("\n", FIRST) + 1 || FIRST) : text;
    const isBegun = canEdit && contentDraft(page.id).read() !== null;
    replace(body,
      isBegun ? notice("info", "You have begun to edit this content.", button({ label: "Go on", kind: "link", press: open })) : null,
      text.trim() ? notionMarkdown(shown, { connection }) : empty(canEdit ? "Nothing is written on this page yet." : "Nothing is written on this page."),
      shown.length < text.length ? button({ label: "Show the rest", press: () => {
        const rest = h("div", { tabindex: "-1" }, notionMarkdown(text.slice(shown.length), { connection }));
        body.lastElementChild?.replaceWith(rest);
        rest.focus();
      } }) : null,
      isCut ? notice("info", "Notion gives only the beginning of this long page: read the rest in Notion.") : null);
  }

  function open() {
    isOpen = true;
    came.clear();
    replace(actions);
    const editor = contentEditor({ id: page.id, base: page.content?.text ?? "", unknown: page.content?.unknown ?? 0, connection, signal, done: close });
    replace(body, editor.element);
    editor.control.focus();
    editor.control.setSelectionRange(0, 0);
  }

  /** @param {string[]} notes @param {boolean} isChanged */
  async function close(notes, isChanged) {
    isOpen = false;
    if (isChanged) {
      await changed();
    } else {
      show();
    }
    if (isChanged) {
      came.done("The content is saved.", notes.length ? sentences(notes) : null);
    } else {
      came.clear();
      edit.focus();
    }
  }

  /** A page that can't be read as a whole can still be written on. */
  function append() {
    isOpen = true;
    const write = intent(connection);
    const field = markdownField({ label: "To add at the end, in markdown", value: "", connection, signal });
    replace(actions);
    replace(body, field.element, h("div", { class: "actions" },
      button({ label: "Add", kind: "primary", press: () => came.attempt(async () => {
        if (field.read().trim()) {
          await write.send("edit_page", { page_id: page.id, append: field.read() });
          await close([], true);
        }
      }) }),
      button({ label: "Cancel", press: () => close([], false) })));
    field.control.focus();
  }

  show();
  const element = h("section", { class: "section" }, h("div", { class: "page-title" }, h("h2", null, "Content"), actions), came.element,
    tools.has("edit_page") ? null : without("The content can only be read", "edit_page"), body);
  return {
    element,
    /** Shows what the page says now, unless somebody is writing here. @param {import("./rows.js").Page} now */
    set: (now) => {
      page = now;
      if (!isOpen) {
        show();
      }
    },
  };
}
