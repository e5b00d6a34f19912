// Tables. On a narrow screen each row is a card, with the column's name before each value.

import { h } from "../kit/element.js";
import { button } from "./button.js";
import { empty } from "./notice.js";

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name
 * @property {(row: Row) => import("../kit/element.js").Child} show
 * @property {"text" | "number" | "actions"} [kind]
 */

/**
 * @template Row
 * @param {object} options
 * @param {string} options.caption what the rows are, for those who hear the table
 * @param {Column<Row>[]} options.columns the first one names the row
 * @param {Row[]} options.rows
 * @param {import("../kit/element.js").Child} [options.none] what is there without rows
 */
export function table({ caption, columns, rows, none = "Nothing yet." }) {
  if (rows.length === 0) {
    return none instanceof Node ? none : empty(none);
  }
  const head = h("thead", null, h("tr", null, columns.map(({ name, kind = "text" }) => h("th", { scope: "col", class: kind }, kind === "actions" ? h("span", { class: "unseen" }, name) : name))));
  const body = h("tbody", null, rows.map((row) => h("tr", null, columns.map(({ name, show, kind = "text" }, place) => (place === 0
    ? h("th", { scope: "row", class: kind, "data-name": name }, h("div", { class: "cell" }, show(row)))
    : h("td", { class: kind, "data-name": name }, h("div", { class: "cell" }, show(row))))))));
  return h("div", { class: "table scroll", tabindex: "0", role: "region", "aria-label": caption }, h("table", null, h("caption", { class: "unseen" }, caption), head, body));
}

/**
 * Pages of a list that goes on: one page is there at a time, so that a long list costs no more than a short one.
 *
 * @param {(cursor: string | undefined) => Promise<{content: Node, next?: string}>} load
 * @returns {Promise<{element: HTMLElement, first: () => Promise<void>, again: () => Promise<void>}>}
 */
export async function pages(load) {
  /** @type {(string | undefined)[]} */
  let cursors = [undefined];
  const body = h("div");
  const place = h("span", { class: "quiet", role: "status" });
  const before = button({ label: "Previous", icon: "back", press: () => turn(-1) });
  const after = button({ label: "Next", icon: "next", press: () => turn(1) });
  const bar = h("div", { class: "pager" }, before, place, after);
  let at = 0;
  /** @type {string | undefined} */
  let next;

  async function show() {
    const loaded = await load(cursors[at]);
    next = loaded.next;
    body.replaceChildren(loaded.content);
    bar.hidden = at === 0 && !next;
    before.disabled = at === 0;
    after.disabled = !next;
    place.textContent = `Page ${at + 1}`;
  }
  /** @param {number} step */
  async function turn(step) {
    if (step > 0 && next) {
      cursors = [...cursors.slice(0, at + 1), next];
    }
    at += step;
    await show();
    body.scrollIntoView({ block: "nearest" });
  }
  await show();
  return {
    element: h("div", null, body, bar),
    first: () => {
      cursors = [undefined];
      at = 0;
      return show();
    },
    again: show,
  };
}
