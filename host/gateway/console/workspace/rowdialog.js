// Adding and editing a row, in a dialog.

import { dialog } from "../components/dialog.js";
import { notice } from "../components/notice.js";
import { Problem } from "../kit/api.js";
import { h, replace } from "../kit/element.js";
import { intent } from "./intent.js";
import { isNothing, rowForm } from "./rowform.js";
import { pageOf } from "./rows.js";
import { titleColumn } from "./schema.js";
import { brief } from "./text.js";

/**
 * @typedef {object} Options
 * @property {import("./schema.js").Database} database
 * @property {string | undefined} connection
 * @property {AbortSignal} signal
 * @property {import("./upload.js").Uploader | null} uploader
 */
/** @typedef {{id: string, notes: string[], isUnchanged?: boolean}} Written */

/**
 * Shows the form until it has been sent or left. Who leaves it by Escape with something entered is asked once.
 *
 * @param {string} title
 * @param {string} label
 * @param {ReturnType<typeof rowForm>} form
 * @param {() => Promise<void | false>} act
 */
function shownUntilDone(title, label, form, act) {
  const said = h("div", { "aria-live": "polite" });
  const opened = dialog({ title, label, content: h("div", { class: "stack" }, form.element, said), act });
  let isWarned = false;
  form.element.closest("dialog")?.addEventListener("cancel", (event) => {
    if (form.isChanged() && !isWarned) {
      event.preventDefault();
      isWarned = true;
      replace(said, notice("warning", "What you entered isn't saved.", "Press Escape again to leave it."));
    }
  });
  form.element.addEventListener("input", () => {
    isWarned = false;
    replace(said);
  });
  return opened;
}

/** Sends, and says beside its field what was refused. @param {ReturnType<typeof rowForm>} form @param {ReturnType<typeof intent>} write @param {string} tool @param {Record<string, unknown>} input */
async function sent(form, write, tool, input) {
  try {
    return await write.send(tool, input);
  } catch (error) {
    if (!form.blame(error)) {
      // The words come at the end of the form, which may be out of sight.
      setTimeout(() => form.element.closest("dialog")?.querySelector(".notice.error")?.scrollIntoView({ block: "nearest" }));
    }
    // As long as nobody knows what came of it, it can only be tried again as it is.
    form.lock(write.isOpen);
    throw error;
  }
}

/** @param {any} answer @param {string} id @returns {Written} */
const written = (answer, id) => ({ id: String(answer.id ?? id), notes: (answer.notes ?? []).map(String), isUnchanged: answer.unchanged === true });

/** @param {Options} options @returns {Promise<Written | null>} nothing when the person left */
export async function addRow({ database, connection, signal, uploader }) {
  const form = rowForm({ columns: database.columns, values: {}, context: { connection, signal, titles: {}, people: {}, uploader }, isNew: true });
  const write = intent(connection);
  /** @type {Written | null} */
  let done = null;
  await shownUntilDone(`Add a row to ${brief(database.title) || "Untitled"}`, "Add row", form, async () => {
    const changes = form.changes();
    if (!changes) {
      return false;
    }
    if (isNothing(changes.properties)) {
      throw new Problem({ code: "invalid_input", message: "The row would be empty.", hint: "Fill in a field first." }, 0);
    }
    done = written(await sent(form, write, "create_page", { database_id: database.id, ...changes }), "");
  });
  return done;
}

/** @param {Options & {id: string}} options @returns {Promise<Written | null>} */
export async function editRow({ database, id, connection, signal, uploader }) {
  const page = await pageOf(id, { connection, signal });
  const title = titleColumn(database)?.name ?? "title";
  const form = rowForm({
    columns: database.columns,
    values: { ...page.values, [title]: page.title },
    cut: page.cut,
    context: { connection, signal, titles: page.titles, people: page.people, uploader },
  });
  const write = intent(connection);
  /** @type {Written | null} */
  let done = null;
  await shownUntilDone(`Edit ${brief(page.title) || "Untitled"}`, "Save", form, async () => {
    const changes = form.changes();
    if (!changes) {
      return false;
    }
    if (Object.keys(changes.properties).length === 0) {
      done = { id, notes: [], isUnchanged: true };
      return;
    }
    done = written(await sent(form, write, "update_page", { page_id: id, ...changes }), id);
  });
  return done;
}
