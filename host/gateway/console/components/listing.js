// A long list that is here as a whole: found by typing, and looked at in pages.

import { freshId, h, replace } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { table, pages } from "./table.js";

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
export async function listing({ caption, noun, columns, words, none }) {
  /** @type {Row[]} */
  let rows = [];
  const id = freshId("listing");
  const said = h("p", { class: "quiet", role: "status" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  const search = h("input", { type: "search", id, autocomplete: "off", spellcheck: "false", placeholder: "Type to search", on: {
    input: () => {
      clearTimeout(typed);
      typed = setTimeout(() => pager.first(), 150);
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

  const pager = await pages(async (cursor) => {
    const from = Number(cursor ?? 0);
    const fits = fitting();
    replace(said, search.value.trim() ? `${counted(fits.length, noun)} of ${rows.length.toLocaleString("en")}` : counted(rows.length, noun));
    bar.hidden = rows.length < SEARCHED_FROM;
    return {
      content: h("div", null, table({ caption, columns, rows: fits.slice(from, from + PAGE), none: rows.length ? "Nothing fits." : none })),
      next: from + PAGE < fits.length ? String(from + PAGE) : undefined,
    };
  });
  return {
    element: h("div", { class: "stack" }, bar, pager.element),
    /** Shows these from now on, on the page and with the search of before. @param {Row[]} now */
    set: (now) => {
      rows = now;
      return pager.again();
    },
  };
}
