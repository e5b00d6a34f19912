// The fields of a row: one for each column that people fill in. Only what was changed is sent.

import { folded } from "../components/layout.js";
import { h } from "../kit/element.js";
import { editorOf } from "./editor/index.js";
import { isComputed } from "./schema.js";
import { brief, clipped } from "./text.js";
import { isEmpty, shown } from "./value.js";

/** @typedef {import("./schema.js").Column} Column */
/** @typedef {{properties: Record<string, unknown>, new_options?: true}} Changes */

/**
 * @param {object} options
 * @param {Column[]} options.columns
 * @param {Record<string, unknown>} options.values
 * @param {import("./editor/index.js").Context} options.context
 * @param {Set<string>} [options.cut] columns of which not all is known: sent back, the rest would be lost
 * @param {boolean} [options.isNew]
 */
export function rowForm({ columns, values, context, cut = new Set(), isNew = false }) {
  const written = columns.filter(({ isWritten, name }) => isWritten && !cut.has(name));
  const others = columns.filter((column) => !written.includes(column) && column.type !== "button");
  const fields = written.map((column) => {
    const editor = editorOf(column, values[column.name], context);
    // Of a new row all counts as entered that isn't empty, also what a draft has.
    return { column, editor, before: JSON.stringify(isNew ? (column.type === "checkbox" ? false : null) : editor.read()) };
  });
  const element = h("div", { class: "row-form" }, fields.map(({ editor }) => editor.element), isNew ? filledByNotion(others) : unwritten(others));

  /** @param {{editor: import("./editor/index.js").Editor, before: string}} one */
  const isChanged = ({ editor, before }) => JSON.stringify(editor.read()) !== before;

  /** @param {Column[]} left */
  function unwritten(left) {
    return left.length ? folded(`${left.length} that can't be edited here`, () => h("dl", { class: "facts" }, left.map((column) => h("div", null,
      h("dt", null, clipped(column.name, 80)),
      h("dd", null, shown(column, values[column.name], { titles: context.titles, connection: context.connection }) ?? "Empty", h("p", { class: "quiet" }, reason(column, cut))))))) : null;
  }

  return {
    element,
    isChanged: () => fields.some(isChanged),
    /** What is to be sent; nothing where something is wrong, which is said beside its field. @returns {Changes | null} */
    changes: () => {
      let wrong = null;
      for (const { editor } of fields) {
        const words = editor.problem();
        editor.refuse(words);
        wrong ??= words ? editor : null;
      }
      if (wrong) {
        wrong.control.focus();
        return null;
      }
      const changed = fields.filter(isChanged);
      const properties = Object.fromEntries(changed.map(({ column, editor }) => {
        const value = editor.read();
        return [column.name, editor.asSent && value !== null ? editor.asSent(value) : value];
      }));
      return { properties, ...(changed.some(({ editor }) => editor.hasNewOption?.()) ? { new_options: /** @type {const} */ (true) } : {}) };
    },
    /** What was entered, to be entered again later. */
    entered: () => Object.fromEntries(fields.filter(isChanged).map(({ column, editor }) => [column.name, editor.read()])),
    /** Says beside its field what the host refused; whether it names one. @param {unknown} error */
    blame: (error) => {
      const message = String(/** @type {any} */ (error)?.message ?? "");
      const blamed = fields.find(({ column }) => message.includes(`\`${column.name}\``));
      if (blamed) {
        blamed.editor.refuse(brief(message, 400));
        blamed.editor.control.focus();
      }
      return Boolean(blamed);
    },
    /** @param {boolean} isLocked */
    lock: (isLocked) => {
      element.inert = isLocked;
    },
  };
}

/** @param {Column} column @param {Set<string>} cut */
function reason(column, cut) {
  if (cut.has(column.name)) {
    return "Longer than can be read here: edit it in Notion.";
  }
  return isComputed(column) ? "Notion has this by itself." : "Edit this in Notion.";
}

/** @param {Column[]} left */
function filledByNotion(left) {
  const names = left.filter((column) => isComputed(column) && !["formula", "rollup"].includes(column.type)).slice(0, 8).map(({ name }) => brief(name, 40));
  return names.length ? h("p", { class: "quiet" }, `Notion fills in: ${names.join(", ")}.`) : null;
}

/** Whether a row has nothing at all. @param {Record<string, unknown>} properties */
export const isNothing = (properties) => Object.values(properties).every((value) => isEmpty(value) || value === false);
