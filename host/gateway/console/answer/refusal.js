// Why there is no answer: the sentence, the hint, and what was done all the same.

import { folded, json } from "../components/layout.js";
import { notice, problem } from "../components/notice.js";
import { foreign, h } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { plain } from "../form/plain.js";
import { pageOf } from "./places.js";

/** Names of what was changed that are shown. */
const MAX_IDS = 20;

/** @param {unknown} error */
export function refusal(error) {
  const { details } = /** @type {{details?: any}} */ (error ?? {});
  const done = details?.done;
  return h("div", { class: "stack" }, problem(error), done ? doneView(done) : null, details && !Array.isArray(details) ? folded("Details as JSON", () => json(details, { label: "Details" })) : null);
}

/** What a call did before it failed. @param {any} done */
function doneView(done) {
  const ids = Array.isArray(done.ids) ? done.ids : [];
  const unknown = Array.isArray(done.unknown) ? done.unknown : [];
  return notice("warning", unknown.length
    ? `${counted(unknown.length, "write")} may or may not have been carried out: look before you do it again.`
    : `${counted(Number(done.writes ?? ids.length), "write")} had been carried out by then.`,
  ids.length ? h("span", null, "Changed: ", ids.slice(0, MAX_IDS).map((/** @type {any} */ one, /** @type {number} */ at) => {
    const id = String(one?.id ?? one);
    return [at ? ", " : "", h("a", { href: pageOf(id) }, foreign(plain(id, 40)))];
  }), ids.length > MAX_IDS ? `, and ${ids.length - MAX_IDS} more` : "") : null);
}
