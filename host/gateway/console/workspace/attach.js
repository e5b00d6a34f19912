// Attaching a file to a page: of this machine, or by its link; to its content or to one of its properties.

import { button } from "../components/button.js";
import { checkbox, field, select, textInput } from "../components/field.js";
import { folded, section } from "../components/layout.js";
import { outcome } from "../components/outcome.js";
import { h } from "../kit/element.js";
import { intent } from "./intent.js";
import { brief, sentences } from "./text.js";
import { TOOL, filePicker } from "./upload.js";

/**
 * @param {object} options
 * @param {string} options.id
 * @param {import("./schema.js").Column[]} options.columns of the page's database
 * @param {import("./upload.js").Uploader | null} options.uploader
 * @param {string | undefined} options.connection
 * @param {() => unknown} options.changed
 */
export function attachPart({ id, columns, uploader, connection, changed }) {
  const came = outcome();
  const places = columns.filter(({ type }) => type === "files");
  const place = select([{ value: "", label: "At the end of the content" }, ...places.map(({ name }) => ({ value: name, label: `Property ${brief(name, 60)}` }))], { value: "" });
  const url = textInput({ type: "url", placeholder: "https://example.com/plan.pdf" });
  const name = textInput();
  const copied = checkbox("Notion keeps a copy of the file", { checked: true });
  const link = field({ label: "Link to the file", control: url });
  const write = intent(connection);

  /** @param {Record<string, unknown>} what @param {ReturnType<typeof intent>} by */
  const attach = (what, by) => by.send("attach_file", { page_id: id, ...what, ...(place.value ? { property: place.value } : {}) });

  const picker = uploader ? filePicker({
    uploader,
    connection,
    label: "A file of this machine",
    done: async (uploaded, by) => {
      await attach({ url: uploaded.id, name: uploaded.name }, by);
      await changed();
    },
  }) : null;
  const missing = h("p", { class: "quiet" }, "Files of this machine can't be sent from here, because ", h("code", null, TOOL), " is not among your tools. A link works, and so does adding the file in Notion.");

  const add = () => came.attempt(async () => {
    const given = url.value.trim();
    link.refuse(/^https?:\/\/\S+$/.test(given) ? "" : "Give a link that begins with https://.");
    if (!/^https?:\/\/\S+$/.test(given)) {
      url.focus();
      return;
    }
    const answer = await attach({ url: given, ...(name.value.trim() ? { name: name.value.trim() } : {}), ...(copied.box.checked ? { import: true } : {}) }, write);
    url.value = "";
    name.value = "";
    await changed();
    came.done("The file is attached.", answer.note ? sentences([answer.note]) : null);
  });
  const byLink = h("div", { class: "form" }, link.element, field({ label: "Its name", control: name, help: "Left empty, it is called as in the link." }).element, copied.element, h("div", { class: "actions" }, button({ label: "Attach link", press: add })));
  const where = h("div", { class: "form" }, field({ label: "Where", control: place }).element);
  return section("Files", came.element, picker
    ? [where, picker, folded("Attach a file by its link", () => byLink)]
    : folded("Attach a file by its link", () => [missing, where, byLink]));
}
