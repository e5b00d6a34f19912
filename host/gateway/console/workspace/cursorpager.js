// Turning the pages of rows: each begins at a cursor, which only the page before it knows.

import { button } from "../components/button.js";
import { h } from "../kit/element.js";

/**
 * @param {object} options
 * @param {URLSearchParams} options.query the page that the address names
 * @param {() => Promise<unknown>} options.turned shows the page that is turned to
 */
export function cursorPager({ query, turned }) {
  /** Where each page begins that was looked at. @type {(string | undefined)[]} */
  let cursors = [query.get("cursor") ?? undefined];
  let place = 0;
  /** How many pages are before the first one that is known: after a reload nobody knows where those begin. */
  let before = query.get("cursor") ? Math.max(0, Number(query.get("page")) - 1) || 0 : 0;
  /** @type {string | undefined} */
  let following;

  const previous = button({ label: "Previous", icon: "back", press: () => turn(-1) });
  const next = button({ label: "Next", icon: "next", press: () => turn(1) });
  const first = button({ label: "First page", press: () => {
    reset();
    return turned();
  } });
  const number = h("span", { class: "quiet" });
  const element = h("nav", { class: "pager", "aria-label": "Pages of rows" }, first, previous, number, next);

  function reset() {
    cursors = [undefined];
    place = 0;
    before = 0;
  }

  /** @param {number} by */
  async function turn(by) {
    if (by > 0 && following) {
      cursors = [...cursors.slice(0, place + 1), following];
    }
    place = Math.max(0, place + by);
    await turned();
    const pressed = by > 0 ? next : previous;
    if (pressed.disabled) {
      (by > 0 ? previous : next).focus();
    }
  }

  return {
    element,
    /** Where the page begins. */
    get cursor() {
      return cursors[place];
    },
    /** The page's number, from one on. */
    get number() {
      return before + place + 1;
    },
    /** Back to the first page, without showing it. */
    reset,
    /** Shows which ways there are from this page. @param {string | undefined} cursor of the next page */
    set: (cursor) => {
      following = cursor;
      previous.disabled = place === 0;
      next.disabled = !cursor;
      first.hidden = !cursors[place];
      element.hidden = !cursors[place] && !cursor;
      number.textContent = `Page ${(before + place + 1).toLocaleString("en")}`;
    },
  };
}
