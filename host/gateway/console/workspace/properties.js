// The properties of a page: those that say something, the empty ones folded, and the way to edit them.

import { button } from "../components/button.js";
import { facts, folded } from "../components/layout.js";
import { h, replace } from "../kit/element.js";
import { editRow } from "./rowdialog.js";
import { without } from "./missing.js";
import { brief, clipped, sentences } from "./text.js";
import { isEmpty, shown } from "./value.js";

/** @typedef {import("./schema.js").Column} Column */

/** @param {string} name @param {string} type @returns {Column} */
const column = (name, type) => ({ id: name, name, type, description: "", options: [], format: "number", related: "", isWritten: type === "title" });

/** What a page that is no row has: a title. @param {import("./rows.js").Page} page @returns {import("./schema.js").Database} */
const alone = (page) => ({ id: "", title: "", description: "", icon: "", url: "", isTrashed: false, parent: null, columns: [column("title", "title"), ...Object.keys(page.values).map((name) => column(name, "unknown"))] });

/**
 * @param {object} options
 * @param {import("./rows.js").Page} options.page
 * @param {import("./schema.js").Database | null} options.database the one that it is a row of, where it is seen
 * @param {string | undefined} options.connection
 * @param {Map<string, import("../kit/catalog.js").Tool>} options.tools
 * @param {import("./upload.js").Uploader | null} options.uploader
 * @param {ReturnType<typeof import("../components/outcome.js").outcome>} options.came
 * @param {() => Promise<unknown>} options.changed reads the page again
 * @param {AbortSignal} options.signal
 */
export function propertiesPart({ page: first, database, connection, tools, uploader, came, changed, signal }) {
  let page = first;
  const body = h("div", { class: "stack" });
  const edit = button({ label: database ? "Edit properties" : "Rename", press: async () => {
    const done = /** @type {import("./rowdialog.js").Written | null | undefined} */ (await came.attempt(() => editRow({ database: database ?? alone(page), id: page.id, connection, signal, uploader })));
    if (done && !done.isUnchanged) {
      await changed();
      came.done("Saved.", done.notes.length ? sentences(done.notes) : null);
    } else {
      edit.focus();
    }
  } });

  function fill() {
    const around = { titles: page.titles, connection, isWhole: true };
    const columns = (database ?? alone(page)).columns.filter(({ type }) => type !== "title" && type !== "button");
    const full = columns.filter(({ name, type }) => type === "checkbox" || !isEmpty(page.values[name]));
    const rest = columns.filter((one) => !full.includes(one));
    const cell = (/** @type {Column} */ one) => /** @type {[string, import("../kit/element.js").Child]} */ ([brief(one.name, 80), [shown(one, page.values[one.name], around), page.cut.has(one.name) ? h("p", { class: "quiet" }, "There is more in Notion.") : null]]);
    element.hidden = columns.length === 0;
    replace(body, full.length ? facts(full.map(cell)) : null,
      rest.length ? folded(`${rest.length} empty`, () => h("p", { class: "quiet" }, rest.map(({ name }, place) => [place ? ", " : "", clipped(name, 80)]))) : null);
  }
  const element = h("section", { class: "section properties" }, h("h2", null, "Properties"), tools.has("update_page") ? null : without("Properties can only be read", "update_page"), body);
  fill();
  return {
    element,
    /** What edits them; none without the tool for it. */
    edit: tools.has("update_page") ? edit : null,
    /** @param {import("./rows.js").Page} now */
    set: (now) => {
      page = now;
      fill();
    },
  };
}
