// Which control a schema gets: what a rule says of its name and meaning, else the one of its kind.

import { anyInput } from "./any.js";
import { booleanInput } from "./boolean.js";
import { choiceInput } from "./choice.js";
import { choicesInput } from "./choices.js";
import { dayInput } from "./day.js";
import { fixedInput } from "./fixed.js";
import { listInput } from "./list.js";
import { numberInput } from "./number.js";
import { objectInput } from "./object.js";
import { pickerFor } from "./pickers.js";
import { rowsInput } from "./rows.js";
import { kindOf } from "./schema.js";
import { textInput } from "./text.js";

/** @type {Record<import("./schema.js").Kind, import("./slot.js").Make>} */
const MAKERS = {
  any: anyInput, boolean: booleanInput, choice: choiceInput, choices: choicesInput, date: dayInput, fixed: fixedInput,
  list: listInput, number: numberInput, object: objectInput, rows: rowsInput, text: textInput,
};

/** @type {import("./slot.js").Make} */
export const inputFor = (field) => pickerFor(field)?.(field) ?? MAKERS[kindOf(field.schema)](field);
