// What a call has written, in order: what was sent where, which object, what is different since, and how it ended.

import { button } from "../components/button.js";
import { when } from "../components/layout.js";
import { foreign, h, replace } from "../kit/element.js";
import { address } from "../kit/router.js";
import { changed } from "./changed.js";
import { titleOf } from "./readable.js";
import { end, outcomeBadge, written } from "./words.js";

/** Effects that come with each wish for more. */
const STEP = 25;

/** Objects of one effect that are named. */
const MAX_IDS = 20;

/**
 * @typedef {object} Effect
 * @property {number} number
 * @property {string} at
 * @property {string} [call]
 * @property {string} [tool]
 * @property {string} egress
 * @property {string} route
 * @property {string} target
 * @property {string} [outcome]
 * @property {string | null} [code]
 * @property {{id: string, url?: string}[]} ids
 * @property {string} [request_id]
 * @property {unknown} [before]
 * @property {unknown} [sent]
 * @property {unknown} [after]
 */

/** @param {Effect[]} effects @param {string} call the call that is shown */
export function effectList(effects, call) {
  let shown = 0;
  const list = h("ol", { class: "effects" });
  const more = button({ label: "Show more", press: () => {
    const first = shown;
    grow();
    /** @type {HTMLElement | undefined} */ (list.children[first])?.focus();
  } });
  function grow() {
    list.append(...effects.slice(shown, shown + STEP).map((effect) => one(effect, call)));
    shown = Math.min(effects.length, shown + STEP);
    more.hidden = shown === effects.length;
    replace(more, `Show more (${effects.length - shown})`);
  }
  grow();
  return h("div", { class: "stack" }, list, h("div", { class: "actions" }, more));
}

/** @param {Effect} effect @param {string} call */
function one(effect, call) {
  const outcome = effect.outcome ?? effect.code ?? "ok";
  const isWell = outcome === "ok";
  return h("li", { class: "card effect", tabindex: "-1" },
    h("div", { class: "effect-head" }, h("h3", null, written(effect, isWell)), outcomeBadge(outcome), h("span", { class: "quiet" }, when(effect.at))),
    isWell ? null : h("p", null, end(outcome).text),
    objects(effect),
    changed(effect),
    h("p", { class: "quiet" }, h("code", null, foreign(effect.route, { max: 200 })),
      effect.ids.length === 0 && effect.target ? [" · ", foreign(effect.target, { max: 200 })] : null,
      effect.request_id ? [" · request ", h("code", null, foreign(effect.request_id, { max: 80 }))] : null,
      effect.call && effect.call !== call ? [" · by ", h("a", { href: address("activity", effect.call) }, foreign(effect.tool ?? "a call that it made", { max: 80 }))] : null));
}

/** The objects that the write names, here and where they are. @param {Effect} effect */
function objects({ egress, ids, route, target, before, after }) {
  if (ids.length === 0) {
    return null;
  }
  const name = titleOf(after) || titleOf(before) || target;
  const isPage = egress === "notion" && /\/pages\b/.test(route);
  const isDatabase = egress === "notion" && /\/(databases|data_sources)\b/.test(route);
  return h("ul", { class: "objects" }, ids.slice(0, MAX_IDS).map(({ id, url }, place) => h("li", null,
    isPage || isDatabase
      ? h("a", { href: address(isPage ? "pages" : "databases", id) }, foreign(place === 0 && name ? name : id, { max: 120 }))
      : h("code", null, foreign(id, { max: 120 })),
    url ? [" ", h("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "aside" }, "in Notion", h("span", { class: "unseen" }, " (opens in a new tab)"))] : null)),
  ids.length > MAX_IDS ? h("li", { class: "quiet" }, `and ${ids.length - MAX_IDS} more`) : null);
}
