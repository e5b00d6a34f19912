// Moving one of several: by buttons, and by Alt with an arrow from anywhere in it. The focus stays with what is moved.

import { h } from "../kit/element.js";
import { icon } from "../components/icon.js";

/**
 * @param {object} options
 * @param {string} options.what what one is, such as "item"
 * @param {(step: -1 | 1) => boolean} options.move moves it, and answers whether it could
 */
export function moving({ what, move }) {
  const said = h("span", { class: "unseen", role: "status" });
  const make = (/** @type {-1 | 1} */ step) => h("button", { type: "button", class: "plain square move", on: { click: (event) => go(step, event.currentTarget) } }, icon(step < 0 ? "up" : "down"));
  const up = make(-1);
  const down = make(1);

  /** @param {-1 | 1} step @param {EventTarget | null} from */
  function go(step, from) {
    const focused = /** @type {HTMLElement | null} */ (from instanceof HTMLElement ? from : document.activeElement);
    if (move(step)) {
      said.textContent = step < 0 ? `The ${what} moved up.` : `The ${what} moved down.`;
      const target = focused?.hasAttribute("disabled") || focused?.getAttribute("aria-disabled") === "true" ? (step < 0 ? down : up) : focused;
      target?.focus();
    }
  }
  return {
    element: h("span", { class: "moves" }, up, down, said),
    /** @param {KeyboardEvent} event */
    key: (event) => {
      const step = event.altKey && !event.ctrlKey && !event.metaKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
      if (step) {
        event.preventDefault();
        event.stopPropagation();
        go(/** @type {-1 | 1} */ (step), document.activeElement);
      }
    },
    /** @param {string} name @param {boolean} isFirst @param {boolean} isLast */
    name: (name, isFirst, isLast) => {
      up.setAttribute("aria-label", `Move ${name} up`);
      down.setAttribute("aria-label", `Move ${name} down`);
      // They stay where they are, so that the focus does too.
      up.setAttribute("aria-disabled", String(isFirst));
      down.setAttribute("aria-disabled", String(isLast));
    },
  };
}
