// The editor of files: links to them, and files of this machine where a tool takes them.

import { button } from "../../components/button.js";
import { field, textInput } from "../../components/field.js";
import { icon } from "../../components/icon.js";
import { h, replace } from "../../kit/element.js";
import { brief } from "../text.js";
import { file as shownFile } from "../value.js";
import { filePicker } from "../upload.js";
import { helpOf, nameOf } from "./simple.js";

/** @param {import("../schema.js").Column} column @param {unknown} value @param {import("./index.js").Context} context @returns {import("./index.js").Editor} */
export function files(column, value, { connection, uploader }) {
  const name = nameOf(column);
  const all = Array.isArray(value) ? [...value] : [];
  const list = h("ul", { class: "tokens", "aria-label": `${name}: files` });
  const url = textInput({ type: "url", placeholder: "https://example.com/plan.pdf", on: { keydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      add();
    }
  } } });

  function fill() {
    list.hidden = all.length === 0;
    replace(list, all.map((each) => h("li", { class: "token" }, shownFile(each), h("button", {
      type: "button",
      "aria-label": `Remove ${brief(each?.name ?? each?.url ?? each)}`,
      on: {
        click: () => {
          all.splice(all.indexOf(each), 1);
          fill();
          url.focus();
        },
      },
    }, icon("close")))));
  }
  function add() {
    const given = url.value.trim();
    if (!/^https?:\/\/\S+$/.test(given)) {
      made.refuse("Give a link that begins with https://.");
      url.focus();
      return;
    }
    made.refuse("");
    all.push(given);
    url.value = "";
    fill();
    url.focus();
  }
  const picker = uploader && filePicker({
    uploader,
    connection,
    label: `A file for ${name}`,
    done: (uploaded) => {
      all.push({ type: "file_upload", file_upload: { id: uploaded.id }, name: uploaded.name });
      fill();
    },
  });
  const made = field({ label: name, control: h("div", { class: "stack" }, list, h("div", { class: "row" }, url, button({ label: "Add link", press: add, describes: name })), picker), help: helpOf(column) });
  // The name belongs to the field for links, not to the list before it.
  made.element.querySelector("label")?.setAttribute("for", url.id || made.control.id);
  fill();
  return {
    ...made,
    control: url,
    read: () => (all.length ? [...all] : null),
    problem: () => (url.value.trim() ? "Add the link that you typed, or empty the field." : ""),
  };
}
