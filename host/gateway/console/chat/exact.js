// Arguments exactly as they are. Somebody decides by them, so nothing in them may be unseen, turned around or left out.

import { h } from "../kit/element.js";
import { visible } from "../components/difference.js";
import { folded, json } from "../components/layout.js";
import { address } from "../kit/router.js";

/** Members that are shown one by one. */
const MAX_MEMBERS = 50;

/** Characters from which on a value gets a box of its own to scroll in. */
const LONG = 300;

/**
 * The arguments of a call, member by member; as JSON one click away.
 *
 * @param {unknown} value
 * @returns {HTMLElement}
 */
export function exactArguments(value) {
  const members = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : null;
  if (!members || members.length > MAX_MEMBERS) {
    return box(typeof value === "string" ? value : written(value), "Arguments");
  }
  if (members.length === 0) {
    return h("p", { class: "quiet" }, "It has no arguments.");
  }
  return h("div", { class: "stack" },
    h("dl", { class: "exact" }, members.map(([name, one]) => h("div", null, h("dt", null, h("bdi", null, visible(name))), h("dd", null, shown(name, one))))),
    bare(folded("As JSON", () => json(value, { label: "Arguments as JSON" }))));
}

/** @param {string} name @param {unknown} value */
function shown(name, value) {
  const text = typeof value === "string" ? value : written(value);
  if (text.length > LONG || (value !== null && typeof value === "object")) {
    return box(text, name);
  }
  return h("bdi", { class: typeof value === "string" ? "exact-text" : "exact-value" }, value === "" ? h("span", { class: "quiet" }, "an empty text") : visible(text), lookAt(name, value));
}

/** What is named by its id can be looked at beside the question. @param {string} name @param {unknown} value */
function lookAt(name, value) {
  const place = /^(id|(parent_)?page_id)$/.test(name) ? "pages" : /^(database|data_source)_id$/.test(name) ? "databases" : null;
  const isId = typeof value === "string" && /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(value);
  return place && isId ? [" ", h("a", { href: address(place, value), target: "_blank", class: "aside" }, "look at it", h("span", { class: "unseen" }, " in a new tab"))] : null;
}

/** @param {HTMLElement} fold */
function bare(fold) {
  fold.classList.add("bare");
  return fold;
}

/** @param {string} text @param {string} name */
const box = (text, name) => h("pre", { class: "exact-box", tabindex: "0", role: "region", "aria-label": name }, h("code", null, h("bdi", null, visible(text))));

/** @param {unknown} value */
const written = (value) => JSON.stringify(value, null, 2) ?? String(value);
