// A new page: where it goes, what it is called, its properties, and its content in markdown beside what it becomes.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { field, textInput } from "../components/field.js";
import { pageHead, section } from "../components/layout.js";
import { empty, notice, problem } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { catalog } from "../kit/catalog.js";
import { h, replace } from "../kit/element.js";
import { address, go, note } from "../kit/router.js";
import { databaseAddress, pageAddress, short, withQuery, writeAddress } from "../workspace/address.js";
import { chooseConnection } from "../workspace/connection.js";
import { draft } from "../workspace/draft.js";
import { intent } from "../workspace/intent.js";
import { markdownField } from "../workspace/markdownfield.js";
import { without } from "../workspace/missing.js";
import { parentField, placeNamed } from "../workspace/parent.js";
import { rowForm } from "../workspace/rowform.js";
import { isSeveral, schemaOf } from "../workspace/schema.js";
import { leave } from "../workspace/told.js";
import { uploaderOf } from "../workspace/upload.js";

/** @typedef {{parent: import("../workspace/parent.js").Place | null, title: string, content: string, values: Record<string, unknown>}} Begun */

/** @type {import("../kit/router.js").Show} */
export async function show({ query, signal }) {
  const [tools, chosen] = await Promise.all([catalog(), chooseConnection(query, signal)]);
  const connection = chosen.id;
  const back = { href: withQuery(address("databases"), { connection }), label: "Databases" };
  if (!tools.has("create_page")) {
    return h("div", null, pageHead({ title: "New page", back }), without("Pages can't be written here", "create_page"));
  }
  if (chosen.isNone) {
    return h("div", null, pageHead({ title: "New page", back }), empty("No workspace is connected yet.", h("a", { class: "button", href: address("connections") }, "See the connections")));
  }
  /** @type {ReturnType<typeof draft<Begun>>} */
  const kept = draft(`new:${connection ?? ""}`);
  const begun = kept.read();
  const given = query.get("parent") ?? "";
  const isBegunElsewhere = Boolean(begun && given && begun.parent && short(begun.parent.id) !== short(given));
  /** @type {Begun} */
  const state = begun ?? { parent: null, title: "", content: "", values: {} };
  if (given && (!state.parent || isBegunElsewhere)) {
    state.parent = await placeNamed(given, connection, signal, query.get("kind"));
    state.values = {};
  }

  const came = outcome();
  const write = intent(connection);
  /** @type {ReturnType<typeof rowForm> | null} */
  let form = null;
  const fields = h("div");
  let isDone = false;
  const keep = () => {
    if (!isDone) {
      state.values = form ? form.entered() : state.values;
      kept.write(state);
    }
  };
  // Not all that is chosen from lists tells of itself: what is there at the end counts.
  addEventListener("pagehide", keep, { signal });
  signal.addEventListener("abort", keep);

  const parent = parentField({ chosen: state.parent, connection, signal, onChange: (place) => {
    state.parent = place;
    parent.refuse("");
    const address_ = new URLSearchParams(location.search);
    address_.delete("parent");
    address_.delete("kind");
    if (place) {
      address_.set("parent", short(place.id));
      address_.set("kind", place.kind);
    }
    note(address_);
    form = null;
    state.values = {};
    keep();
    fill();
  } });
  const title = textInput({ value: state.title, spellcheck: "true", on: { input: () => {
    state.title = title.value;
    keep();
  } } });
  const content = markdownField({ label: "Content", value: state.content, connection, signal, save: () => save.click(), onInput: (text) => {
    state.content = text;
    keep();
  } });
  const save = button({ label: "Create page", kind: "primary", press: () => came.attempt(send) });

  /** The fields of the database that it becomes a row of. */
  async function fill() {
    const place = state.parent;
    replace(fields);
    form = null;
    if (place?.kind !== "database") {
      return;
    }
    try {
      const schema = await schemaOf(place.id, connection, signal);
      if (signal.aborted || state.parent !== place) {
        return;
      }
      if (isSeveral(schema)) {
        replace(fields, notice("warning", "This database holds several kinds of rows: choose one of them.", schema.sources.slice(0, 20).map((source, at) => [at ? ", " : "", h("a", { href: writeAddress({ id: source.id, kind: "database" }, connection) }, source.name || "Untitled")])));
        return;
      }
      form = rowForm({ columns: schema.columns.filter(({ type }) => type !== "title"), values: state.values, isNew: true, context: { connection, signal, titles: {}, people: {}, uploader: uploaderOf(tools) } });
      const own = section("Properties", form.element);
      own.addEventListener("input", keep);
      own.addEventListener("change", keep);
      replace(fields, own);
    } catch (error) {
      if (!signal.aborted) {
        replace(fields, problem(error));
      }
    }
  }

  async function send() {
    const place = state.parent;
    if (!place) {
      parent.refuse("Choose where the page goes.");
      parent.control.focus();
      return;
    }
    const changes = form ? form.changes() : { properties: {} };
    if (!changes) {
      return;
    }
    let answer;
    try {
      answer = await write.send("create_page", {
        ...(place.kind === "database" ? { database_id: place.id } : { parent_page_id: place.id }),
        ...(title.value.trim() ? { title: title.value } : {}),
        ...(Object.keys(changes.properties).length ? changes : {}),
        ...(content.read().trim() ? { content: content.read() } : {}),
      });
    } catch (error) {
      form?.blame(error);
      throw error;
    }
    isDone = true;
    kept.clear();
    leave(String(answer.id), [...(answer.note ? [answer.note] : []), ...(answer.notes ?? [])].map(String));
    await go(pageAddress(String(answer.id), connection), { replacing: true });
  }

  async function discard() {
    if (await confirm({ title: "Leave what you wrote?", text: "The title, the properties and the content that you entered are gone then.", label: "Leave it", act: () => {
      isDone = true;
      kept.clear();
    } })) {
      const place = state.parent;
      await go(place ? (place.kind === "database" ? databaseAddress(place.id, connection) : pageAddress(place.id, connection)) : back.href);
    }
  }

  await fill();
  const isBegun = Boolean(begun && (begun.title || begun.content || Object.keys(begun.values).length));
  return h("div", { class: "workspace" },
    pageHead({ title: "New page", back }),
    chosen.picker,
    isBegun ? notice("info", "What you had begun is here again.", isBegunElsewhere ? "It was begun for another place: its properties are left out." : null) : null,
    h("div", { class: "form" }, parent.element, field({ label: "Title", control: title }).element),
    fields,
    content.element,
    came.element,
    h("div", { class: "actions" }, save, button({ label: "Discard", press: discard }), h("span", { class: "quiet" }, "Ctrl+Enter creates the page. What you write is kept in this tab until then.")));
}
