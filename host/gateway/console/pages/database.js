// A database: its rows, or the kinds of rows that it holds.

import { button } from "../components/button.js";
import { icon } from "../components/icon.js";
import { pageHead } from "../components/layout.js";
import { empty, notice } from "../components/notice.js";
import { catalog } from "../kit/catalog.js";
import { foreign, h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { databaseAddress, withQuery, writeAddress } from "../workspace/address.js";
import { chooseConnection } from "../workspace/connection.js";
import { databaseView } from "../workspace/databaseview.js";
import { without } from "../workspace/missing.js";
import { isSeveral, schemaOf } from "../workspace/schema.js";
import { brief, titled } from "../workspace/text.js";
import { uploaderOf } from "../workspace/upload.js";

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, query, signal, setTitle }) {
  const [tools, chosen] = await Promise.all([catalog(), chooseConnection(query, signal)]);
  const connection = chosen.id;
  const back = { href: withQuery(address("databases"), { connection: query.get("connection") ?? undefined }), label: "Databases" };
  if (!tools.has("get_database")) {
    return h("div", null, pageHead({ title: "Database", back }), without("Databases can't be shown here", "get_database"));
  }
  const schema = await schemaOf(parameters.database ?? "", connection, signal);
  setTitle(brief(schema.title) || "Untitled");
  const name = [schema.icon ? h("span", { class: "emoji", "aria-hidden": "true" }, schema.icon, " ") : null, titled(schema.title, 200)];
  const outside = schema.url.startsWith("https://") ? h("a", { href: schema.url, class: "button", target: "_blank", rel: "noopener noreferrer" }, icon("outside"), "Open in Notion") : null;
  if (isSeveral(schema)) {
    return h("div", null, pageHead({ title: name, back, actions: outside, lead: "This database holds several kinds of rows." }), chosen.picker,
      schema.sources.length
        ? h("ul", { class: "kinds" }, schema.sources.slice(0, 100).map((source) => h("li", null, h("a", { href: databaseAddress(source.id, connection) }, titled(source.name)))))
        : empty("Notion's API doesn't show whose rows these are."));
  }
  const view = databaseView({ database: schema, connection, tools, uploader: uploaderOf(tools), query, signal });
  const canAdd = tools.has("create_page") && !schema.isTrashed;
  const actions = [
    canAdd ? button({ label: "Add row", kind: "primary", icon: "add", press: view.add }) : null,
    canAdd ? h("a", { href: writeAddress({ id: schema.id, kind: "database" }, connection), class: "button" }, "Write a page") : null,
    button({ label: "Refresh", icon: "again", press: view.load }),
    outside,
  ];
  return h("div", { class: "workspace" },
    pageHead({ title: name, back, actions, lead: schema.description ? foreign(schema.description, { max: 400 }) : null }),
    chosen.picker,
    schema.isTrashed ? notice("warning", "This database is in the trash.") : null,
    tools.has("create_page") || tools.has("update_page") ? null : without("Rows can only be read here", "create_page", "update_page"),
    view.element);
}
