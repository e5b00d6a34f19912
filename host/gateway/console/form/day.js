// Days and times of a schema: the browser's picker, and words where the tool takes them.

import { dateInput } from "./date.js";

/** Whether a description says that words such as "today" are taken. @param {import("./schema.js").Schema} schema */
const takesWords = ({ description = "" }) => /relative|\btoday\b|\btomorrow\b|last_month/i.test(description);

/** @type {import("./slot.js").Make} */
export function dayInput({ schema, label, changed }) {
  const field = dateInput({ label, time: schema.format === "date-time", words: takesWords(schema), onChange: changed });
  return {
    element: field.element,
    get controls() {
      return [field.control];
    },
    read: () => field.read() || undefined,
    write: (value) => {
      if (value !== undefined && typeof value !== "string") {
        return false;
      }
      field.write(value ?? "");
      return true;
    },
  };
}
