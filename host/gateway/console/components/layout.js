// The parts that pages are made of.

import { foreign, h, replace } from "../kit/element.js";
import { ago, moment } from "../kit/words.js";
import { problem, waiting } from "./notice.js";

/**
 * The head of a page: what it is, what can be done here, and the way back.
 *
 * @param {object} options
 * @param {import("../kit/element.js").Child} options.title
 * @param {import("../kit/element.js").Child} [options.lead] one sentence on what is here
 * @param {import("../kit/element.js").Child} [options.actions]
 * @param {{href: string, label: string}} [options.back] the page above
 */
export function pageHead({ title, lead, actions, back }) {
  return h("div", { class: "page-head" },
    back && h("a", { class: "back", href: back.href }, "← ", back.label),
    h("div", { class: "page-title" }, h("h1", null, title), actions ? h("div", { class: "actions" }, actions) : null),
    lead ? h("p", { class: "lead" }, lead) : null);
}

/** @param {import("../kit/element.js").Child} title @param {...import("../kit/element.js").Child} children */
export const section = (title, ...children) => h("section", { class: "section" }, h("h2", null, title), children);

/** @param {...import("../kit/element.js").Child} children */
export const card = (...children) => h("div", { class: "card" }, children);

/** Names and values. @param {[string, import("../kit/element.js").Child][]} pairs */
export const facts = (pairs) => h("dl", { class: "facts" }, pairs
  .filter(([, value]) => value !== null && value !== undefined && value !== "")
  .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));

/** A moment as how long ago it was; the whole of it is there too. @param {string | null | undefined} at */
export const when = (at) => (at ? h("time", { datetime: at, title: moment(at) }, ago(at)) : "never");

/**
 * Something that opens.
 *
 * @param {import("../kit/element.js").Child} title
 * @param {() => import("../kit/element.js").Child} content made when it is opened first
 * @param {{open?: boolean}} [options]
 */
export function folded(title, content, { open = false } = {}) {
  const body = h("div", { class: "folded-body" });
  const made = h("details", { class: "folded", open }, h("summary", null, title), body);
  let isMade = false;
  const make = () => {
    if (made.open && !isMade) {
      isMade = true;
      replace(body, content());
    }
  };
  made.addEventListener("toggle", make);
  make();
  return made;
}

/** JSON to read, folded where it is long. @param {unknown} value @param {{label?: string}} [options] */
export const json = (value, { label = "JSON" } = {}) => h("pre", { class: "json", tabindex: "0", role: "region", "aria-label": label }, h("code", null, foreign(JSON.stringify(value, null, 2), { max: 20_000 })));

/**
 * A part of the page that asks the host, and asks again on demand. What was shown stays until the answer is there.
 *
 * @param {(signal: AbortSignal) => Promise<import("../kit/element.js").Child>} make
 * @param {AbortSignal} signal
 * @returns {{element: HTMLElement, refresh: () => Promise<void>}}
 */
export function live(make, signal) {
  const element = h("div", { class: "live" }, waiting());
  let asked = 0;
  const refresh = async () => {
    asked += 1;
    const own = asked;
    try {
      const content = await make(signal);
      if (own === asked && !signal.aborted) {
        const focused = element.contains(document.activeElement) ? document.activeElement?.id : "";
        replace(element, content);
        // Who was in the part stays there.
        if (focused) {
          document.getElementById(focused)?.focus({ preventScroll: true });
        }
      }
    } catch (error) {
      if (own === asked && !signal.aborted) {
        replace(element, problem(error));
      }
    }
  };
  refresh();
  return { element, refresh };
}

/**
 * Tabs, by the pattern of ARIA: arrows change the tab, the panel follows.
 *
 * @param {string} label
 * @param {{name: string, content: () => import("../kit/element.js").Child}[]} tabs
 */
export function tabs(label, tabs) {
  const id = `tabs-${Math.random().toString(36).slice(2, 8)}`;
  const panel = h("div", { role: "tabpanel", id: `${id}-panel`, tabindex: "0", class: "tab-panel" });
  const heads = tabs.map(({ name }, place) => h("button", {
    type: "button",
    role: "tab",
    id: `${id}-${place}`,
    "aria-controls": `${id}-panel`,
    on: { click: () => choose(place), keydown: (event) => move(event, place) },
  }, name));
  /** @param {number} place */
  function choose(place) {
    heads.forEach((head, other) => {
      head.setAttribute("aria-selected", String(other === place));
      head.tabIndex = other === place ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `${id}-${place}`);
    replace(panel, tabs[place]?.content());
  }
  /** @param {KeyboardEvent} event @param {number} place */
  function move(event, place) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = (place + step + heads.length) % heads.length;
      choose(next);
      heads[next]?.focus();
    }
  }
  choose(0);
  return h("div", { class: "tabs" }, h("div", { role: "tablist", "aria-label": label }, heads), panel);
}
