// Texts of a workspace, in the places that have little room.

import { h } from "../kit/element.js";
import { inline } from "../kit/markdown.js";

/** Marks that turn the direction of what follows, and signs that can't be seen. */
const TURNING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The beginning of a text, for names of controls and sentences. @param {unknown} value @param {number} [max] */
export function brief(value, max = 60) {
  const text = String(value ?? "").replace(TURNING, "").replace(/\s+/g, " ").trim();
  const signs = [...text.slice(0, max * 2 + 2)];
  return signs.length > max ? `${signs.slice(0, max - 1).join("")}…` : signs.join("");
}

/** Somebody's text, cut to the room that there is. @param {unknown} value @param {number} [max] */
export function clipped(value, max = 120) {
  const text = String(value ?? "");
  return h("bdi", { class: "foreign" }, text.length > max ? `${text.slice(0, max).trimEnd()}…` : text);
}

/** What a tool says of what it did, in sentences with names of code. @param {unknown[]} notes @param {number} [max] */
export const sentences = (notes, max = 5) => h("bdi", { class: "foreign" }, notes.slice(0, max).map((text) => [inline(String(text).slice(0, 400)), " "]));

/** A title, or what is said where there is none. @param {unknown} value @param {number} [max] */
export const titled = (value, max = 160) => (String(value ?? "").trim() ? clipped(value, max) : h("span", { class: "quiet" }, "Untitled"));
