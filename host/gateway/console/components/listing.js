// A long list that is here as a whole: found by typing, and looked at in pages.

import { freshId, h, replace } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { button } from "./button.js";
import { table } from "./table.js";

/** Rows of one page. */
const PAGE = 50;

/** Rows from which on there is a field to search them. */
const SEARCHED_FROM = 12;

/**
 * @template Row
 * @param {object} options
 * @param {string} options.caption what the rows are
 * @param {string} options.noun what one is, such as "tool"
 * @param {import("./table.js").Column<Row>[]} options.columns
 * @param {(row: Row) => string} options.words the text of a row that is searched
 * @param {import("../kit/element.js").Child} [options.none] what is there without rows
 */
export function listing({ caption, noun, columns, words, none }) {
  /** @type {Row[]} */
  let rows = [];
  const id = freshId("listing");
  const said = h("p", { class: "quiet", role: "status" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  const search = h("input", { type: "search", id, autocomplete: "off", spellcheck: "false", placeholder: "Type to search", on: {
    input: () => {
      clearTimeout(typed);
      typed = setTimeout(() => {
        at = 0;
        fill();
      }, 150);
    },
  } });
  const bar = h("div", { class: "listing-bar" }, h("div", { class: "field" }, h("label", { for: id }, `Search ${noun}s`), search), said);

  function fitting() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return wanted.length ? rows.filter((row) => {
      const text = words(row).toLowerCase();
      return wanted.every((word) => text.includes(word));
    }) : rows;
  }

  const body = h("div");
  const place = h("span", { class: "quiet", role: "status" });
  const before = button({ label: "Previous", icon: "back", press: () => turn(-1) });
  const after = button({ label: "Next", icon: "next", press: () => turn(1) });
  const pager = h("div", { class: "pager" }, before, place, after);
  let at = 0;

  function fill() {
    const fits = fitting();
    const last = Math.max(0, Math.ceil(fits.length / PAGE) - 1);
    at = Math.min(at, last);
    replace(said, search.value.trim() ? `${counted(fits.length, noun)} of ${rows.length.toLocaleString("en")}` : counted(rows.length, noun));
    bar.hidden = rows.length < SEARCHED_FROM;
    replace(body, table({ caption, columns, rows: fits.slice(at * PAGE, (at + 1) * PAGE), none: rows.length ? "Nothing fits." : none }));
    pager.hidden = last === 0;
    before.disabled = at === 0;
    after.disabled = at === last;
    replace(place, `Page ${at + 1} of ${last + 1}`);
  }

  /** @param {number} step */
  function turn(step) {
    at += step;
    fill();
    element.scrollIntoView({ block: "start" });
    // A button that can't be pressed any more loses the focus.
    if (before.disabled || after.disabled) {
      (before.disabled ? after : before).focus({ preventScroll: true });
    }
  }

  const element = h("div", { class: "stack" }, bar, h("div", null, body, pager));
  fill();
  return {
    element,
    /** Shows these from now on, on the page and with the search of before. @param {Row[]} now */
    set: (now) => {
      rows = now;
      fill();
    },
  };
}
