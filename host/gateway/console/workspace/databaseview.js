// The rows of a database: asked for a page at a time, shown as a table, added, edited and trashed.

import { button } from "../components/button.js";
import { empty, problem, waiting } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { h, replace } from "../kit/element.js";
import { counted } from "../kit/words.js";
import { pageAddress, short } from "./address.js";
import { keepAsked, readAsked, wholeFilter } from "./asked.js";
import { cursorPager } from "./cursorpager.js";
import { databaseBar } from "./databasebar.js";
import { without } from "./missing.js";
import { addRow, editRow } from "./rowdialog.js";
import { PAGE, asRow, pageOf, rowsOf } from "./rows.js";
import { editId, readSort, rowTable } from "./rowtable.js";
import { titleColumn } from "./schema.js";
import { brief, clipped, sentences } from "./text.js";
import { restorer, trashed } from "./trash.js";

/** @typedef {import("./rows.js").Row} Row */

/**
 * @param {object} options
 * @param {import("./schema.js").Database} options.database
 * @param {string | undefined} options.connection
 * @param {Map<string, import("../kit/catalog.js").Tool>} options.tools
 * @param {import("./upload.js").Uploader | null} options.uploader
 * @param {URLSearchParams} options.query
 * @param {AbortSignal} options.signal
 */
export function databaseView({ database, connection, tools, uploader, query, signal }) {
  const title = titleColumn(database);
  const asked = readAsked(query, database);
  /** @type {import("./rows.js").RowPage | null} */
  let shown = null;
  /** Rows that were added just now and aren't on this page. @type {Row[]} */
  let fresh = [];
  let asking = new AbortController();
  signal.addEventListener("abort", () => asking.abort());

  const came = outcome();
  const said = h("p", { class: "quiet", role: "status" });
  const holder = h("div", null, waiting());
  const notes = h("div");
  const bar = databaseBar({ database, connection, asked, signal, onChange: (what) => (what === "rows" ? restart() : load()) });
  const pager = cursorPager({ query, turned: async () => {
    fresh = [];
    await load();
    holder.querySelector(".rows")?.scrollTo({ top: 0 });
    holder.scrollIntoView({ block: "nearest" });
  } });

  async function load() {
    asking.abort();
    asking = new AbortController();
    const own = asking.signal;
    holder.setAttribute("aria-busy", "true");
    try {
      const page = await rowsOf({ database, columns: asked.columns, filter: wholeFilter(asked, database), sorts: asked.sorts, cursor: pager.cursor, connection, signal: own });
      if (own.aborted) {
        return;
      }
      shown = page;
      keepAsked(asked, pager);
      fill();
    } catch (error) {
      if (own.aborted) {
        return;
      }
      shown = null;
      replace(holder, problem(error), pager.cursor ? null : h("div", { class: "actions" }, button({ label: "Try again", press: load })));
      replace(said);
      pager.set(undefined);
    } finally {
      if (!own.aborted) {
        holder.removeAttribute("aria-busy");
      }
    }
  }

  /** From the first page on. */
  function restart() {
    pager.reset();
    fresh = [];
    return load();
  }

  function fill() {
    if (!shown) {
      return;
    }
    const focused = holder.contains(document.activeElement) ? document.activeElement?.id : "";
    const { titles } = shown;
    const added = fresh.filter(({ id }) => shown?.rows.every((row) => short(row.id) !== short(id)));
    const rows = [...added, ...shown.rows];
    const isNarrowed = Boolean(asked.words || asked.filter);
    replace(holder, rows.length
      ? rowTable({
        database, columns: asked.columns, rows, titles, connection, sorts: asked.sorts, sort,
        edit: tools.has("update_page") && tools.has("get_page") ? edit : null,
        trash: tools.has("trash") ? trash : null,
      })
      : empty(isNarrowed ? "No row fits." : "There are no rows yet.", isNarrowed ? button({ label: "Show all rows", press: showAll }) : null));
    for (const row of holder.querySelectorAll("tr[data-row]")) {
      row.classList.toggle("fresh", added.some(({ id }) => id === row.getAttribute("data-row")));
    }
    const from = (pager.number - 1) * PAGE;
    replace(said, shown.rows.length ? `Rows ${(from + 1).toLocaleString("en")} to ${(from + shown.rows.length).toLocaleString("en")}${shown.next ? "" : ", the last ones"}` : counted(0, "row"));
    replace(notes, shown.notes.length ? h("ul", { class: "quiet notes" }, shown.notes.slice(0, 5).map((text) => h("li", null, sentences([text])))) : null);
    pager.set(shown.next);
    if (focused) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
  }

  function showAll() {
    asked.words = "";
    asked.filter = null;
    bar.again();
    return restart();
  }

  /** @param {import("./schema.js").Column} column */
  function sort(column) {
    const now = asked.sorts.map(readSort)[0];
    const isOwn = now?.column === column.name;
    asked.sorts = isOwn && now?.isDescending ? [] : [{ property: column.name, direction: isOwn ? "descending" : "ascending" }];
    bar.again();
    return restart();
  }

  /** The focus goes to a row; where it isn't on this page, to the words that say so. @param {string} id @param {string} words @param {string[]} [more] */
  function arrive(id, words, more = []) {
    const target = document.getElementById(editId(id));
    const told = more.length ? sentences(more) : null;
    if (told || !target) {
      came.done(h("span", null, words, " ", h("a", { href: pageAddress(id, connection) }, "Open it")), told ?? "With this filter and order it isn't among these rows.");
    } else {
      came.clear();
      replace(said, words);
    }
    target?.focus();
    target?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** @param {Row} row */
  async function edit(row) {
    const done = /** @type {import("./rowdialog.js").Written | null | undefined} */ (await came.attempt(() => editRow({ database, id: row.id, connection, signal, uploader })));
    if (!done) {
      return;
    }
    if (done.isUnchanged) {
      document.getElementById(editId(row.id))?.focus();
      replace(said, "Nothing was changed.");
      return;
    }
    await load();
    arrive(row.id, "Saved.", done.notes);
  }

  /** @param {Row} row */
  async function trash(row) {
    const name = String(row.values[title?.name ?? ""] ?? "");
    if (!await trashed({ id: row.id, title: name, kind: "row", connection })) {
      return;
    }
    fresh = fresh.filter(({ id }) => id !== row.id);
    await load();
    const restore = restorer(row.id, connection);
    came.done(h("span", null, "“", clipped(brief(name) || "Untitled"), "” is in the trash."), button({ label: "Take it out again", press: () => came.attempt(async () => {
      await restore();
      await load();
      arrive(row.id, "Taken out of the trash.");
    }) }));
  }

  async function add() {
    const done = /** @type {import("./rowdialog.js").Written | null | undefined} */ (await came.attempt(() => addRow({ database, connection, signal, uploader })));
    if (!done) {
      return;
    }
    const row = await pageOf(done.id, { connection, signal }).then((page) => asRow(page, database), () => null);
    fresh = row ? [row, ...fresh] : fresh;
    await load();
    arrive(done.id, "Row added.", done.notes);
  }

  load();
  return {
    element: h("div", { class: "stack" }, tools.has("query") ? [bar.element, came.element, said, holder, notes, pager.element] : without("Rows can't be shown here", "query")),
    add,
    load,
  };
}
