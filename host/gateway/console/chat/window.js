// The turns of a conversation that are on the page: the last ones, and earlier ones on demand. However long the conversation is, the page isn't.

import { button } from "../components/button.js";
import { h, replace } from "../kit/element.js";
import { turnView } from "./turn-view.js";

/** Turns that come with each wish for more, and that are on the page at most. */
const STEP = 20;
const MAX = 100;

/**
 * @param {import("./turns.js").Turn[]} turns
 * @param {() => void} moved called when the last turn has grown
 */
export function turnsWindow(turns, moved) {
  let from = Math.max(0, turns.length - STEP);
  let to = turns.length;
  const list = h("div", { class: "turns" });
  const earlier = button({ label: "Show earlier", press: showEarlier });
  const later = button({ label: "Show later", press: showLater });
  const element = h("div", { class: "stack" }, h("div", { class: "actions" }, earlier), list, h("div", { class: "actions" }, later));
  /** @type {import("./turn-view.js").TurnView | undefined} */
  let last;

  /** The last turn keeps its view, since it may be growing. @param {import("./turns.js").Turn} turn */
  const made = (turn) => {
    if (turn !== turns.at(-1)) {
      return turnView(turn, moved);
    }
    last = last?.turn === turn ? last : turnView(turn, moved);
    return last;
  };

  function count() {
    earlier.hidden = from === 0;
    later.hidden = to === turns.length;
    replace(earlier, `Show earlier (${from})`);
    replace(later, `Show later (${turns.length - to})`);
  }

  function showEarlier() {
    const first = list.firstElementChild;
    const before = first?.getBoundingClientRect().top ?? 0;
    const added = turns.slice(Math.max(0, from - STEP), from).map((turn) => made(turn).element);
    from -= added.length;
    list.prepend(...added);
    while (to - from > MAX) {
      to -= 1;
      list.lastElementChild?.remove();
    }
    count();
    // What was read stays where it was; who has the keyboard goes on with what came.
    scrollBy(0, (first?.getBoundingClientRect().top ?? 0) - before);
    added.at(-1)?.focus({ preventScroll: true });
  }

  function showLater() {
    const added = turns.slice(to, to + STEP).map((turn) => made(turn).element);
    to += added.length;
    list.append(...added);
    while (to - from > MAX) {
      from += 1;
      list.firstElementChild?.remove();
    }
    count();
    added[0]?.focus();
  }

  function showLast() {
    from = Math.max(0, turns.length - STEP);
    to = turns.length;
    replace(list, turns.slice(from, to).map((turn) => made(turn).element));
    count();
  }

  showLast();
  return {
    element,
    get last() {
      return last;
    },
    /** Adds a turn, which is shown. @param {import("./turns.js").Turn} turn */
    add(turn) {
      const isAtEnd = to === turns.length;
      turns.push(turn);
      if (isAtEnd && to - from < MAX) {
        to += 1;
        list.append(made(turn).element);
        count();
      } else {
        showLast();
      }
      return /** @type {import("./turn-view.js").TurnView} */ (last);
    },
    /** Takes the last turn away, which the host hasn't kept. */
    drop() {
      turns.pop();
      showLast();
    },
  };
}
