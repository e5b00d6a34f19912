// The answer of a tool, for people: as tables, cards, markdown and pictures; its JSON is one click away.

import { button } from "../components/button.js";
import { json, tabs } from "../components/layout.js";
import { h } from "../kit/element.js";
import { partsView, save } from "./parts.js";
import { valueView } from "./value.js";

/** Characters of JSON from which on it can be saved as a file. */
const SAVED_FROM = 20_000;

/** Members that say where an answer goes on, and the arguments that ask for it. */
const GOES_ON = { next_cursor: "cursor", next_offset: "offset" };

/**
 * Shows what a tool answered.
 *
 * @param {unknown} result the data of the answer: `result` of the envelope
 * @param {object} [options]
 * @param {string} [options.tool] its name, for whoever hears the tabs
 * @param {any} [options.outputSchema] names members, where it is known
 * @param {unknown} [options.content] the parts besides data: `content` of the envelope
 * @param {(more: Record<string, unknown>) => unknown} [options.next] asks for the next page: it is told the arguments that do, such as `{cursor}`
 * @param {number} [options.level] of its headings
 * @returns {HTMLElement}
 */
export function answerView(result, { tool, outputSchema, content, next, level = 3 } = {}) {
  const more = goesOn(result);
  const without = more && next ? [more.member] : [];
  const parts = partsView(content, result);
  const hasData = result !== null && result !== undefined && !(parts.length && isEmpty(result));
  const view = () => [
    parts,
    hasData ? valueView(result, { schema: outputSchema, level, without }) : null,
    !hasData && parts.length === 0 ? h("p", { class: "quiet" }, "The tool answered without data.") : null,
  ];
  const whole = parts.length ? { ...(hasData ? { result } : {}), content } : result ?? null;
  return h("div", { class: "answer" },
    tabs(tool ? `Answer of ${tool}` : "Answer", [{ name: "View", content: view }, { name: "JSON", content: () => jsonView(whole) }]),
    more && next ? h("div", { class: "actions" }, button({ label: "Next page", icon: "next", press: () => next({ [more.argument]: more.value }) })) : null);
}

/** @param {unknown} result */
const isEmpty = (result) => typeof result === "object" && result !== null && Object.keys(result).length === 0;

/** @param {any} result */
function goesOn(result) {
  for (const [member, argument] of Object.entries(GOES_ON)) {
    const value = result?.[member];
    if ((typeof value === "string" && value) || typeof value === "number") {
      return { member, argument, value };
    }
  }
  return null;
}

/** @param {unknown} whole */
function jsonView(whole) {
  const text = JSON.stringify(whole, null, 2) ?? "null";
  const file = text.length > SAVED_FROM ? h("div", { class: "actions" }, button({ label: "Download JSON", icon: "file", press: () => save(new Blob([text], { type: "application/json" }), "answer.json") })) : null;
  return [file, json(whole, { label: "JSON of the answer" })];
}
