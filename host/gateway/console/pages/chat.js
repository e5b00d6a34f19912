// The chat with a model that has the tools of all sources.

import { pageHead } from "../components/layout.js";
import { empty } from "../components/notice.js";
import { keepTimes } from "../components/times.js";
import { conversation } from "../chat/conversation.js";
import { conversationList } from "../chat/list.js";
import { reachPicker } from "../chat/reach.js";
import { get } from "../kit/api.js";
import { foreign, h, replace } from "../kit/element.js";
import { address } from "../kit/router.js";
import { session } from "../kit/session.js";

const INTRODUCTION = "A model answers, and calls the tools that you may use. Once it has read something, you are asked before it changes anything. What you write and what tools answer goes to the model's server.";

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, query, signal, setTitle }) {
  if (!session().chat) {
    return h("div", null, pageHead({ title: "Chat" }), empty("This host has no model to talk to. Its operator can name one: docs/chat.md of the host says how."));
  }
  const id = parameters.conversation;
  const kept = id ? await get(`/v1/chat/conversations/${encodeURIComponent(id)}`, {}, signal) : null;
  const title = h("span", null, "New conversation");
  const entitle = (/** @type {string | undefined} */ name) => {
    if (name) {
      replace(title, foreign(name, { max: 120 }));
      setTitle(`${name} - Chat`);
    }
  };
  entitle(kept?.title);

  const list = conversationList(signal, { current: id });
  const reach = reachPicker(query, signal, id);
  const talk = conversation({
    kept,
    reach,
    signal,
    named: (own) => {
      const to = address("chat", own) + (reach.query ? `?${reach.query}` : "");
      if (location.pathname + location.search !== to) {
        // The same page under the conversation's own address.
        history.replaceState(null, "", to);
      }
      list.refresh(own).then(entitle);
    },
    find: list.begunWith,
  });
  if (kept?.messages?.length) {
    // The end is what was said last.
    setTimeout(() => !signal.aborted && talk.showEnd());
  }
  const page = h("div", { class: "chat" }, list.element, h("div", { class: "chat-main" }, pageHead({ title, lead: kept ? null : INTRODUCTION }), talk.element));
  beside(page, list.element, signal);
  return keepTimes(page, signal);
}

/** Room from which on the list stands beside the conversation, and the field stays in view, in letters' heights: text that is larger needs more of it. */
const WIDE = 48;
const HIGH = 34;

/** Puts the list beside the conversation where there is room, else above it and folded. @param {HTMLElement} page @param {HTMLDetailsElement} list @param {AbortSignal} signal */
function beside(page, list, signal) {
  const fit = () => {
    const letter = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const isWide = page.clientWidth >= WIDE * letter;
    page.classList.toggle("low", innerHeight < HIGH * letter);
    if (isWide !== page.classList.contains("wide")) {
      page.classList.toggle("wide", isWide);
      list.open = isWide;
    }
  };
  const watching = new ResizeObserver(fit);
  watching.observe(page);
  addEventListener("resize", fit, { signal });
  signal.addEventListener("abort", () => watching.disconnect());
}
