// Files of this machine. A tool takes their bytes as text, and answers the id by which they are attached.

import { button } from "../components/button.js";
import { problem } from "../components/notice.js";
import { freshId, h, replace } from "../kit/element.js";
import { size } from "../kit/words.js";
import { intent } from "./intent.js";
import { clipped } from "./text.js";

/** @typedef {{tool: string, maxBytes: number}} Uploader */
/** @typedef {{id: string, name: string}} Uploaded */

/** The tool that takes a file's bytes. */
export const TOOL = "upload_file";
/** Bytes of a file that fit into a call's arguments, where the tool doesn't say how many it takes. */
const USUAL_MAX = 700_000;

/** @param {Map<string, import("../kit/catalog.js").Tool>} tools @returns {Uploader | null} */
export function uploaderOf(tools) {
  const tool = tools.get(TOOL);
  const data = tool?.input_schema?.properties?.data;
  if (!tool || !data) {
    return null;
  }
  // Four signs of the text are three bytes of the file.
  const max = typeof data.maxLength === "number" ? Math.floor(data.maxLength / 4) * 3 : USUAL_MAX;
  return { tool: TOOL, maxBytes: max };
}

/**
 * A field for a file, and a place to drop one.
 *
 * @param {object} options
 * @param {Uploader} options.uploader
 * @param {string | undefined} options.connection
 * @param {string} options.label
 * @param {(uploaded: Uploaded, write: ReturnType<typeof intent>) => unknown} options.done what is done with each, by an intent of its own; what it throws is shown, and tried again
 */
export function filePicker({ uploader, connection, label, done }) {
  const id = freshId("file");
  const said = h("div", { class: "stack", "aria-live": "polite" });
  const input = h("input", { type: "file", id, multiple: true, on: { change: () => take(input.files) } });
  const zone = h("div", {
    class: "drop",
    on: {
      dragover: (event) => {
        event.preventDefault();
        zone.classList.add("over");
      },
      dragleave: () => zone.classList.remove("over"),
      drop: (event) => {
        event.preventDefault();
        zone.classList.remove("over");
        take(event.dataTransfer?.files);
      },
    },
  }, h("label", { for: id }, label), input, h("p", { class: "quiet" }, `Or drop it here. Up to ${size(uploader.maxBytes)}.`), said);

  /** One file after the other. @param {FileList | null | undefined} list */
  async function take(list) {
    const chosen = [...(list ?? [])];
    input.value = "";
    replace(said);
    for (const file of chosen) {
      const line = h("div", { class: "stack" });
      said.append(line);
      await one(file, line);
    }
  }

  /** @param {File} file @param {HTMLElement} line */
  async function one(file, line) {
    if (file.size > uploader.maxBytes) {
      replace(line, h("p", { class: "wrong" }, clipped(file.name, 80), ` has ${size(file.size)}; up to ${size(uploader.maxBytes)} can be sent. Add it in Notion, or give a link to it.`));
      return;
    }
    const [write, after] = [intent(connection), intent(connection)];
    /** @type {Uploaded | null} */
    let uploaded = null;
    const attempt = async () => {
      replace(line, h("p", { class: "quiet" }, uploaded ? "Attaching " : `Sending ${size(file.size)}: `, clipped(file.name, 80)));
      try {
        if (!uploaded) {
          const answer = await write.send(uploader.tool, { name: file.name, data: await textOf(file), ...(file.type ? { content_type: file.type } : {}) });
          uploaded = { id: String(answer.id), name: String(answer.name ?? file.name) };
        }
        await done(uploaded, after);
        replace(line, h("p", { class: "quiet" }, "Sent: ", clipped(file.name, 80)));
      } catch (error) {
        replace(line, problem(error), button({ label: "Try again", describes: file.name.slice(0, 60), press: attempt }));
      }
    };
    await attempt();
  }
  return zone;
}

/** A file's bytes in base64. @param {File} file @returns {Promise<string>} */
function textOf(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).replace(/^[^,]*,/, "")));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("The file can't be read.")));
    reader.readAsDataURL(file);
  });
}
