// A page, or a row of a database: its properties, content, files and comments.

import { button } from "../components/button.js";
import { icon } from "../components/icon.js";
import { pageHead, when } from "../components/layout.js";
import { badge, notice } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { catalog } from "../kit/catalog.js";
import { foreign, h, replace } from "../kit/element.js";
import { address, go } from "../kit/router.js";
import { databaseAddress, pageAddress, withQuery, writeAddress } from "../workspace/address.js";
import { attachPart } from "../workspace/attach.js";
import { commentsPart } from "../workspace/comments.js";
import { chooseConnection } from "../workspace/connection.js";
import { contentPart } from "../workspace/content.js";
import { whereabouts } from "../workspace/found.js";
import { without } from "../workspace/missing.js";
import { propertiesPart } from "../workspace/properties.js";
import { pageOf } from "../workspace/rows.js";
import { isSeveral, schemaOf } from "../workspace/schema.js";
import { brief, sentences } from "../workspace/text.js";
import { take } from "../workspace/told.js";
import { restorer, trashed } from "../workspace/trash.js";
import { uploaderOf } from "../workspace/upload.js";

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, query, signal, setTitle }) {
  const id = parameters.page ?? "";
  const [tools, chosen] = await Promise.all([catalog(), chooseConnection(query, signal)]);
  const connection = chosen.id;
  if (!tools.has("get_page")) {
    return h("div", null, pageHead({ title: "Page" }), without("Pages can't be shown here", "get_page"));
  }
  const read = () => pageOf(id, { connection, content: true, signal });
  /** @type {import("../workspace/rows.js").Page} */
  let page;
  try {
    page = await read();
  } catch (error) {
    // A link doesn't say whether it is to a page or to a database.
    if (!["not_found", "invalid_input"].includes(/** @type {any} */ (error).code) || !tools.has("get_database") || !await schemaOf(id, connection, signal).then(() => true, () => false)) {
      throw error;
    }
    await go(databaseAddress(id, connection), { replacing: true });
    return h("div", null, pageHead({ title: "Database" }));
  }
  const database = page.parent?.kind === "database" && tools.has("get_database") ? await schemaOf(page.parent.id, connection, signal).catch(() => null) : null;
  const own = database && !isSeveral(database) ? database : null;
  setTitle(brief(page.title) || "Untitled");

  const came = outcome();
  const uploader = uploaderOf(tools);
  const stale = h("div");
  const changed = async () => {
    try {
      page = await read();
    } catch (error) {
      // What was written is written: only what is shown is older.
      if (!signal.aborted) {
        replace(stale, notice("warning", "It was done, but the page couldn't be read again.", button({ label: "Show the page anew", press: () => go(location.pathname + location.search, { replacing: true }) })));
      }
      return;
    }
    replace(stale);
    setTitle(brief(page.title) || "Untitled");
    head();
    properties.set(page);
    content.set(page);
  };
  const properties = propertiesPart({ page, database: own, connection, tools, signal, uploader, came, changed });
  const content = contentPart({ page, connection, tools, signal, changed });
  const top = h("div");

  function head() {
    const back = own ? { href: databaseAddress(own.id, connection), label: brief(own.title, 60) || "Untitled" }
      : page.parent?.kind === "page" ? { href: pageAddress(page.parent.id, connection), label: "The page above" }
        : { href: withQuery(address("databases"), { connection }), label: "Databases" };
    const title = page.title.trim() ? foreign(page.title, { max: 300 }) : h("span", { class: "quiet" }, "Untitled");
    const restore = restorer(id, connection);
    replace(top,
      pageHead({
        title: [page.icon ? h("span", { class: "emoji", "aria-hidden": "true" }, page.icon, " ") : null, title],
        back,
        lead: page && h("span", { class: "page-facts" }, "Edited ", when(page.edited), " in ", whereabouts(page.parent, connection), page.isLocked ? badge("locked in Notion") : null),
        actions: [
          page.isTrashed ? null : properties.edit,
          tools.has("create_page") && !page.isTrashed ? h("a", { href: writeAddress({ id, kind: "page" }, connection), class: "button" }, "New page inside") : null,
          tools.has("trash") && !page.isTrashed ? button({ label: "Trash", press: toTrash }) : null,
          page.url.startsWith("https://") ? h("a", { href: page.url, class: "button", target: "_blank", rel: "noopener noreferrer" }, icon("outside"), "Open in Notion") : null,
        ],
      }),
      page.isTrashed ? notice("warning", "This page is in the trash.", tools.has("trash") ? button({ label: "Take it out again", press: () => came.attempt(async () => {
        await restore();
        await go(pageAddress(id, connection), { replacing: true });
      }) }) : null) : null);
  }

  async function toTrash() {
    if (await trashed({ id, title: page.title ?? "", kind: own ? "row" : "page", connection })) {
      await go(pageAddress(id, connection), { replacing: true });
    }
  }

  head();
  const notes = take(id);
  return h("div", { class: "workspace" }, top, chosen.picker, notes ? notice("done", "The page is there.", notes.length ? sentences(notes) : null) : null, stale, came.element, properties.element, content.element,
    tools.has("attach_file") && !page.isTrashed ? attachPart({ id, columns: own?.columns ?? [], uploader, connection, changed }) : null,
    tools.has("list_comments") ? commentsPart({ id, connection, tools, isTrashed: page.isTrashed, signal }) : null);
}
