// Comments on a page, by discussion, and writing one.

import { button } from "../components/button.js";
import { field } from "../components/field.js";
import { dialog } from "../components/dialog.js";
import { section, when } from "../components/layout.js";
import { problem, waiting } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { call } from "../kit/api.js";
import { h, replace } from "../kit/element.js";
import { inline } from "../kit/markdown.js";
import { intent } from "./intent.js";
import { inlineMarkdown } from "./notion-inline.js";
import { brief, clipped } from "./text.js";
import { file } from "./value.js";

/** Comments that are read at once, and most that are shown. */
const PAGE = 50;
const MAX = 500;

/** @typedef {{id: string, discussion_id: string, author?: string, text?: string, files?: string[], time?: string}} Comment */

/**
 * @param {object} options
 * @param {string} options.id
 * @param {string | undefined} options.connection
 * @param {Map<string, import("../kit/catalog.js").Tool>} options.tools
 * @param {boolean} options.isTrashed
 * @param {AbortSignal} options.signal
 */
export function commentsPart({ id, connection, tools, isTrashed, signal }) {
  const on = connection ? { connection_id: connection } : {};
  const canWrite = tools.has("create_comment") && !isTrashed;
  const came = outcome();
  const list = h("div", { class: "stack" }, waiting());
  /** @type {Comment[]} */
  let comments = [];

  /** @param {string} [cursor] */
  async function load(cursor) {
    try {
      const { result } = await call("list_comments", { page_id: id, limit: PAGE, ...(cursor ? { cursor } : {}), ...on }, { signal });
      comments = cursor ? [...comments, ...result.comments] : result.comments;
      fill(comments.length < MAX ? result.next_cursor : undefined);
    } catch (error) {
      if (!signal.aborted) {
        replace(list, problem(error));
      }
    }
  }

  /** @param {string | undefined} next */
  function fill(next) {
    /** @type {Map<string, Comment[]>} */
    const discussions = new Map();
    for (const comment of comments) {
      discussions.set(comment.discussion_id, [...(discussions.get(comment.discussion_id) ?? []), comment]);
    }
    replace(list, discussions.size ? [...discussions].map(([discussion, parts]) => h("article", { class: "card discussion" },
      parts.map(one),
      canWrite ? h("div", { class: "actions" }, button({ label: "Reply", describes: brief(parts[0]?.text), press: () => reply(discussion, parts) })) : null)) : h("p", { class: "quiet" }, "No open comments."),
    next ? h("div", { class: "actions" }, button({ label: "Show more comments", press: () => load(next) })) : null);
  }

  /** @param {Comment} comment */
  const one = ({ author, text, time, files }) => h("div", { class: "comment" },
    h("p", { class: "quiet" }, h("strong", null, clipped(author ?? "Somebody", 80)), time ? [" ", when(time)] : null),
    h("p", null, h("bdi", { class: "foreign" }, String(text ?? "").length > 5_000 ? `${String(text).slice(0, 5_000)}…` : inline(inlineMarkdown(String(text ?? ""))))),
    files?.length ? h("ul", { class: "several" }, files.slice(0, 20).map((url) => h("li", null, file(url)))) : null);

  /** @param {string} discussion @param {Comment[]} parts */
  async function reply(discussion, parts) {
    const write = intent(connection);
    const area = h("textarea", { rows: 4 });
    const words = field({ label: "Your reply", control: area, help: "Markdown works; @Name mentions somebody." });
    const isDone = await dialog({
      title: "Reply",
      label: "Reply",
      content: [h("blockquote", { class: "quiet" }, clipped(parts.at(-1)?.text, 300)), words.element],
      act: async () => {
        if (!area.value.trim()) {
          words.refuse("Write something first.");
          area.focus();
          return false;
        }
        await write.send("create_comment", { discussion_id: discussion, text: area.value });
      },
    });
    if (isDone) {
      await load();
      came.done("Your reply is there.");
    }
  }

  function form() {
    const write = intent(connection);
    const area = h("textarea", { rows: 3 });
    const words = field({ label: "A new comment", control: area, help: "Markdown works; @Name mentions somebody." });
    return h("div", { class: "stack comment-form" }, words.element, h("div", { class: "actions" }, button({ label: "Comment", press: () => came.attempt(async () => {
      words.refuse(area.value.trim() ? "" : "Write something first.");
      if (!area.value.trim()) {
        area.focus();
        return;
      }
      await write.send("create_comment", { page_id: id, text: area.value });
      area.value = "";
      await load();
      came.done("Your comment is there.");
    }) })));
  }

  load();
  return section("Comments", came.element, list, canWrite ? form() : null);
}
