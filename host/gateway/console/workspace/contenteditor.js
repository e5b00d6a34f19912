// Editing the content of a page: as a whole text, sent as the places that were changed.

import { button } from "../components/button.js";
import { difference } from "../components/difference.js";
import { confirm, dialog } from "../components/dialog.js";
import { folded } from "../components/layout.js";
import { notice } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { h, replace } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { draft } from "./draft.js";
import { editsOf } from "./edits.js";
import { intent } from "./intent.js";
import { markdownField } from "./markdownfield.js";
import { pageOf } from "./rows.js";
import { brief, clipped } from "./text.js";

/** @typedef {{base: string, text: string}} Kept */

/** A text that isn't the same any more where it is to be changed. */
const MISSED = /edits\[\d+\]/;

/** What was begun for a page. @param {string} id @returns {ReturnType<typeof draft<Kept>>} */
export const contentDraft = (id) => draft(`content:${id}`);

/** Pages and databases inside this one that a text names no more. @param {string[]} gone @param {string} now */
function dropped(gone, now) {
  return gone.filter((line) => /^\s*<(page|database) /.test(line)).filter((line) => {
    const url = /url="([^"]*)"/.exec(line)?.[1];
    return !url || !now.includes(url);
  }).map((line) => brief(line.replace(/<[^>]*>/g, ""), 60) || "Untitled");
}

/**
 * @param {object} options
 * @param {string} options.id
 * @param {string} options.base the content as it was read
 * @param {number} options.unknown blocks that the text only names
 * @param {string | undefined} options.connection
 * @param {(notes: string[], isChanged: boolean) => unknown} options.done
 * @param {AbortSignal} options.signal
 */
export function contentEditor({ id, base: read, unknown, connection, done, signal }) {
  const kept = contentDraft(id);
  const begun = kept.read();
  let base = begun?.base ?? read;
  const write = intent(connection);
  const came = outcome();
  const changed = h("div");
  const save = button({ label: "Save", kind: "primary", press: () => came.attempt(() => send()) });
  const field = markdownField({
    label: "Content in markdown",
    value: begun?.text ?? base,
    connection,
    signal,
    save: () => save.click(),
    onInput: (text) => {
      kept.write({ base, text });
      tell();
    },
  });

  function tell() {
    const text = field.read();
    replace(changed, text === base ? null : folded("What is changed", () => difference(base, field.read(), { label: "What is changed" })));
  }

  /** Asks before lines go that nothing takes the place of. @param {import("./edits.js").Changes} changes @param {string} text */
  async function isWanted(changes, text) {
    const children = dropped(changes.gone, text);
    if (!changes.isLoss && !children.length) {
      return true;
    }
    return dialog({
      title: children.length ? "Move what is inside the page to the trash?" : "Save what is left?",
      kind: "danger",
      label: children.length ? "Save, and move them to the trash" : "Save",
      content: h("div", { class: "stack" },
        h("p", null, `${counted(changes.gone.length, "line")} of the page will be gone${changes.come.length ? `, ${changes.come.length} will be there instead` : ""}.`),
        children.length ? h("p", null, "These go to Notion's trash with all that is in them: ", children.slice(0, 10).map((name, place) => [place ? ", " : "", clipped(name)]), children.length > 10 ? ` and ${children.length - 10} more` : null, ".") : null,
        difference(base, text, { label: "What will be gone" })),
    });
  }

  async function send() {
    const text = field.read();
    if (text === base) {
      kept.clear();
      await done([], false);
      return;
    }
    const changes = editsOf(base, text);
    if (!await isWanted(changes, text)) {
      return;
    }
    const input = base.trim()
      ? { page_id: id, edits: changes.edits, ...(dropped(changes.gone, text).length ? { allow_deleting: true } : {}) }
      : { page_id: id, append: text };
    let answer;
    try {
      answer = await write.send("edit_page", input);
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      const now = (code === "invalid_input" && MISSED.test(String(message))) || code === "conflict" ? await contentNow() : null;
      if (now === null || now === base) {
        throw error;
      }
      conflict(now);
      return;
    }
    kept.clear();
    const lost = (answer.not_in_the_page_as_written ?? []).map((/** @type {unknown} */ line) => `Notion didn't keep this as it was written: ${line}`);
    await done([...(answer.note ? [answer.note] : []), ...(answer.notes ?? []), ...lost].map(String), true);
  }

  const contentNow = async () => (await pageOf(id, { connection, content: true, signal })).content?.text ?? null;

  /** Somebody has changed what is changed here. @param {string} now */
  function conflict(now) {
    came.refuse("Somebody has changed the page where you changed it too. Nothing was saved.", h("div", { class: "stack" },
      folded("What they changed", () => difference(base, now, { label: "What they changed" }), { open: true }),
      h("div", { class: "actions" },
        button({ label: "Put my text in its place", press: () => {
          base = now;
          kept.write({ base, text: field.read() });
          tell();
          return came.attempt(() => send());
        } }),
        button({ label: "Take theirs", press: () => confirm({ title: "Take their text?", text: "What you wrote here is gone then.", label: "Take theirs", act: () => {
          base = now;
          field.set(now);
          kept.clear();
          tell();
          came.clear();
          field.control.focus();
        } }) }))));
  }

  tell();
  const element = h("div", { class: "stack" },
    begun ? notice("info", "What you had begun is here again.", button({ label: "Discard it", kind: "link", press: () => {
      kept.clear();
      return done([], false);
    } })) : null,
    unknown ? notice("info", `${counted(unknown, "block")} of this page can't be said in markdown. Leave their lines as they are, and they stay.`) : null,
    field.element, changed, came.element,
    h("div", { class: "actions" }, save, button({ label: "Cancel", press: async () => {
      if (field.read() === base || await confirm({ title: "Leave your changes?", text: "What you wrote isn't saved and will be gone.", label: "Leave them", act: () => {} })) {
        kept.clear();
        await done([], false);
      }
    } }), h("span", { class: "quiet" }, "Ctrl+Enter saves.")));
  return { element, control: field.control };
}
