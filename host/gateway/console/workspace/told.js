// What a tool said of a page that it wrote, for the page that is shown next.

import { short } from "./address.js";

/** @type {Map<string, string[]>} */
const waiting = new Map();

/** @param {string} id @param {string[]} notes */
export function leave(id, notes) {
  waiting.clear();
  waiting.set(short(id), notes);
}

/** What was left for a page; it is said once. @param {string} id @returns {string[] | null} none where nothing was left, an empty list where there is nothing to say but that it is there */
export function take(id) {
  const notes = waiting.get(short(id)) ?? null;
  waiting.clear();
  return notes;
}

addEventListener("toolbay:signed-out", () => waiting.clear());
