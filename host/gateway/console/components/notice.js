// What the host says in sentences: that something was done, what to mind, and what didn't work with its hint.

import { foreign, h } from "../kit/element.js";
import { icon } from "./icon.js";

/**
 * @param {"done" | "info" | "warning" | "error"} kind
 * @param {import("../kit/element.js").Child} text
 * @param {import("../kit/element.js").Child} [more]
 */
export function notice(kind, text, more) {
  const picture = kind === "done" ? "check" : kind;
  const role = kind === "error" ? "alert" : "status";
  return h("div", { class: `notice ${kind}`, role }, icon(picture), h("div", null, h("p", null, text), more ? h("p", { class: "hint" }, more) : null));
}

/** An error as its sentence and its hint; the id finds it in the audit and the log. @param {unknown} error */
export function problem(error) {
  const known = /** @type {{message?: string, hint?: string, requestId?: string}} */ (error ?? {});
  const shown = notice("error", foreign(sentence(known.message ?? String(error))), known.hint ? foreign(sentence(known.hint)) : null);
  if (known.requestId) {
    shown.lastElementChild?.append(h("p", { class: "quiet" }, "Request ", h("code", null, known.requestId)));
  }
  return shown;
}

/** @param {string} text */
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…)`"]$/.test(begun.trim()) ? begun : `${begun}.`;
}

/** What is there while the answer isn't. @param {string} [label] */
export const waiting = (label = "Loading") => h("p", { class: "waiting", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), label);

/** What is there while there is nothing. @param {import("../kit/element.js").Child} text @param {...import("../kit/element.js").Child} actions */
export const empty = (text, ...actions) => h("div", { class: "empty" }, h("p", null, text), actions.length ? h("div", { class: "actions" }, actions) : null);

/** @param {string} text @param {"reads" | "writes" | "destroys" | "good" | "bad" | "quiet" | "busy"} [tone] */
export const badge = (text, tone = "quiet") => h("span", { class: `badge ${tone}` }, text);

/** A badge of an access. @param {string} access */
export const accessBadge = (access) => badge(
  { reads: "reads", writes: "writes", destroys: "destroys" }[access] ?? access,
  /** @type {any} */ (["reads", "writes", "destroys"].includes(access) ? access : "quiet"),
);
