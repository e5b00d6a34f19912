// The editor that fits a column.

import { date } from "./date.js";
import { files } from "./files.js";
import { options, people, relation } from "./several.js";
import { fixed, line, number, option, text, tick } from "./simple.js";

/**
 * @typedef {object} Editor
 * @property {HTMLElement} element
 * @property {HTMLElement} control what takes the focus
 * @property {() => unknown} read the value; null for none
 * @property {() => string} problem what is wrong with what was entered
 * @property {(text: string) => void} refuse
 * @property {(value: any) => unknown} [asSent] the value in the form that tools take
 * @property {() => boolean} [hasNewOption]
 */
/**
 * @typedef {object} Context
 * @property {string | undefined} connection
 * @property {AbortSignal} signal
 * @property {Record<string, string>} titles of related pages
 * @property {Record<string, {id: string, name: string}[]>} people
 * @property {import("../upload.js").Uploader | null} uploader
 */

/**
 * @param {import("../schema.js").Column} column
 * @param {unknown} value
 * @param {Context} context
 * @returns {Editor}
 */
export function editorOf(column, value, context) {
  switch (column.type) {
    case "rich_text":
      return text(column, value);
    case "number":
      return number(column, value);
    case "checkbox":
      return tick(column, value);
    case "status":
      return fixed(column, value);
    case "select":
      return option(column, value, context.signal);
    case "multi_select":
      return options(column, value, context);
    case "date":
      return date(column, value);
    case "people":
      return people(column, value, context);
    case "relation":
      return relation(column, value, context);
    case "files":
      return files(column, value, context);
    default:
      return line(column, value);
  }
}
