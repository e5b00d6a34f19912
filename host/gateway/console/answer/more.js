// The first of many, and more on demand: a long answer costs no more than a short one.

import { button } from "../components/button.js";
import { h, replace } from "../kit/element.js";

/** Shown at once, and by each press more. */
export const STEP = 100;

/**
 * @template Item
 * @param {Item[]} items
 * @param {(shown: Item[]) => import("../kit/element.js").Child} show
 * @param {string} noun what one is, such as "row"
 * @returns {import("../kit/element.js").Child}
 */
export function bounded(items, show, noun) {
  if (items.length <= STEP) {
    return show(items);
  }
  let shown = STEP;
  const body = h("div");
  const said = h("span", { class: "quiet", role: "status" });
  const more = button({ label: "Show more", press: () => {
    shown = Math.min(items.length, shown + STEP);
    fill();
  } });
  function fill() {
    replace(body, show(items.slice(0, shown)));
    said.textContent = `${shown.toLocaleString("en")} of ${items.length.toLocaleString("en")} ${noun}s are shown.`;
    if (shown === items.length) {
      more.setAttribute("aria-disabled", "true");
    }
  }
  fill();
  return h("div", { class: "stack" }, body, h("div", { class: "actions" }, more, said));
}
