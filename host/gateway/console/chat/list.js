// One's own conversations, beside the one that is open.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { when } from "../components/layout.js";
import { problem, waiting } from "../components/notice.js";
import { get, remove } from "../kit/api.js";
import { foreign, h, replace } from "../kit/element.js";
import { address, go } from "../kit/router.js";

/** Conversations that are shown at once, and with each wish for more. */
const PAGE = 30;

/** @typedef {{id: string, title: string, created_at: string, updated_at: string}} Listed */

/** @param {AbortSignal} signal @param {{current?: string}} [options] */
export function conversationList(signal, { current } = {}) {
  let open = current;
  /** @type {Listed[]} */
  let known = [];
  /** @type {string | undefined} */
  let next;
  const fresh = h("a", { class: "button", href: address("chat") }, "New conversation");
  const list = h("ul", { class: "conversations" });
  const more = button({ label: "Show more", press: async () => {
    const first = known.length;
    await load(next);
    /** @type {HTMLElement | null | undefined} */ (list.children[first]?.querySelector("a"))?.focus();
  } });
  more.hidden = true;
  const state = h("div", null, waiting());
  const element = h("details", { class: "folded chat-list" }, h("summary", null, "Conversations"),
    h("nav", { class: "folded-body", "aria-label": "Conversations" }, fresh, list, state, more));

  /** @param {string} [cursor] */
  async function load(cursor) {
    try {
      const page = await get("/v1/chat/conversations", { limit: PAGE, cursor }, signal);
      known = cursor ? [...known, ...page.conversations.filter((/** @type {Listed} */ one) => !known.some(({ id }) => id === one.id))] : page.conversations;
      next = page.next_cursor;
      draw();
    } catch (error) {
      if (!signal.aborted) {
        replace(state, problem(error));
      }
    }
  }

  function draw() {
    replace(state, known.length ? null : h("p", { class: "quiet" }, "None yet."));
    more.hidden = !next;
    replace(list, known.map((one) => h("li", null,
      h("a", { href: address("chat", one.id), "aria-current": one.id === open ? "page" : null },
        h("span", { class: "title" }, foreign(one.title || "Without words", { max: 90 })), h("span", { class: "quiet" }, when(one.updated_at))),
      button({ label: "Remove", kind: "link", describes: one.title.slice(0, 60) || "without words", press: () => drop(one) }))));
  }

  /** @param {Listed} one */
  async function drop(one) {
    const place = known.findIndex(({ id }) => id === one.id);
    const isDone = await confirm({
      title: "Remove the conversation?",
      text: `“${one.title}” goes for good, with all that was said in it. What was done by it stays.`,
      label: "Remove",
      act: () => remove(`/v1/chat/conversations/${encodeURIComponent(one.id)}`),
    });
    if (!isDone) {
      return;
    }
    if (one.id === open) {
      await go(address("chat"));
      return;
    }
    known = known.filter(({ id }) => id !== one.id);
    draw();
    // The focus was on what is gone.
    const neighbour = /** @type {HTMLElement | null} */ (list.children[Math.min(place, known.length - 1)]?.querySelector("a") ?? null);
    (neighbour ?? fresh).focus();
  }

  load();
  return {
    element,
    /** Shows the newest, marks one as the one that is open, and answers its title. @param {string} id */
    async refresh(id) {
      open = id;
      await load();
      return known.find((one) => one.id === id)?.title;
    },
    /** The conversation that began with a message after a moment, if there is one. @param {string} message @param {number} since */
    async begunWith(message, since) {
      await load();
      const title = [...message.split(/\s+/).filter(Boolean).join(" ")].slice(0, 80).join("");
      return known.find((one) => one.title === title && new Date(one.created_at).getTime() >= since)?.id;
    },
  };
}
