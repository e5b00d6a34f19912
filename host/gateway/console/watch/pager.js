// Pages of a list by cursor. The cursor is in the address, so that whoever comes back is where they were.

import { button } from "../components/button.js";
import { problem, waiting } from "../components/notice.js";
import { keepTimes } from "../components/times.js";
import { h, replace } from "../kit/element.js";

/**
 * @param {object} options
 * @param {(cursor: string | undefined) => Promise<{content: Node, next?: string}>} options.load
 * @param {string} [options.cursor] where it begins
 * @param {(cursor: string | undefined) => void} options.moved called when another page is shown
 * @param {AbortSignal} options.signal
 */
export function pager({ load, cursor, moved, signal }) {
  let at = cursor;
  /** The pages before this one that were looked at. @type {(string | undefined)[]} */
  let before = [];
  /** @type {string | undefined} */
  let next;
  let asked = 0;
  const body = h("div", { class: "paged", tabindex: "-1" }, waiting());
  const place = h("span", { class: "quiet", role: "status" });
  const newest = button({ label: "Newest", press: () => turn(undefined, []) });
  const back = button({ label: "Newer", icon: "back", press: () => turn(before.at(-1), before.slice(0, -1)) });
  const on = button({ label: "Older", icon: "next", press: () => turn(next, [...before, at]) });
  const bar = h("nav", { class: "pager", "aria-label": "Pages" }, newest, back, place, on);
  bar.hidden = true;

  async function show() {
    asked += 1;
    const own = asked;
    try {
      const loaded = await load(at);
      if (own !== asked || signal.aborted) {
        return;
      }
      next = loaded.next;
      replace(body, loaded.content);
      replace(place, at === undefined ? "The newest" : before.length ? `Page ${before.length + 1}` : "Older ones");
    } catch (error) {
      if (own !== asked || signal.aborted) {
        return;
      }
      next = undefined;
      replace(body, problem(error));
    }
    bar.hidden = at === undefined && !next;
    newest.hidden = at === undefined;
    back.hidden = before.length === 0;
    on.disabled = !next;
  }

  /** @param {string | undefined} to @param {(string | undefined)[]} left */
  async function turn(to, left) {
    at = to;
    before = left;
    moved(at);
    await show();
    // The eye goes to the first row, and so does the keyboard.
    body.focus({ preventScroll: true });
    body.scrollIntoView({ block: "start" });
  }

  return {
    element: h("div", null, keepTimes(body, signal), bar),
    body,
    show,
    /** Begins anew, as after another filter; the focus stays where it is. */
    first: () => {
      at = undefined;
      before = [];
      moved(at);
      return show();
    },
    /** Goes to the newest, and the focus with it. */
    newest: () => turn(undefined, []),
    get isFirst() {
      return at === undefined;
    },
  };
}
