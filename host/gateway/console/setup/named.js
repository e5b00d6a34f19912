// Names that others gave, where only plain text can stand: in a button's name, a question, a title.

import { foreign } from "../kit/element.js";

/** Controls and marks of direction, which would turn what stands around a name. */
const TURNING = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A name as plain text of one line. @param {unknown} text @param {number} [max] */
export function short(text, max = 60) {
  const plain = String(text ?? "").replace(TURNING, "").trim();
  return plain.length > max ? `${plain.slice(0, max)}…` : plain || "without a name";
}

/** A name in a table or a sentence. @param {unknown} text */
export const named = (text) => foreign(text || "Without a name", { max: 80 });

/** Some names as a list in words; of many, how many more there are. @param {string[]} names @param {number} [max] */
export function inWords(names, max = 3) {
  const shown = names.slice(0, max).map((name) => short(name, 48));
  const left = names.length - shown.length;
  if (left > 0) {
    return `${shown.join(", ")} and ${left.toLocaleString("en")} more`;
  }
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** What the host says of a reason, as a sentence. @param {string} text */
export function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…)`"]\s*$/.test(begun) ? begun : `${begun}.`;
}
