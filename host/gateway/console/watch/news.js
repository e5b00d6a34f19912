// A line that tells of what is new, above a list that somebody reads: nothing moves before they want it to.

import { button } from "../components/button.js";
import { h, replace } from "../kit/element.js";
import { onChange } from "../kit/live.js";

/** @param {() => Promise<void>} show */
export function newsLine(show) {
  const element = h("div", { class: "news", role: "status" });
  return {
    element,
    clear: () => replace(element),
    /** @param {string} words none take the line away */
    say(words) {
      const known = element.querySelector("button");
      if (!words) {
        replace(element);
      } else if (known) {
        // The same button, so that it keeps the focus.
        known.textContent = words;
      } else {
        replace(element, button({ label: words, press: async () => {
          await show();
          replace(element);
        } }));
      }
    },
  };
}

/** @param {number} count @param {boolean} isMore */
export const newWords = (count, isMore) => (count ? `${isMore ? "More than " : ""}${count} new: show` : "");

/**
 * @param {object} options
 * @param {string} options.kind the kind of change
 * @param {() => Promise<{count: number, isMore: boolean}>} options.count how many are new
 * @param {() => Promise<void>} options.show
 * @param {AbortSignal} options.signal
 */
export function news({ kind, count, show, signal }) {
  const line = newsLine(show);
  let isLate = false;

  async function look() {
    isLate = document.hidden;
    if (isLate) {
      return;
    }
    try {
      const { count: found, isMore } = await count();
      if (!signal.aborted) {
        line.say(newWords(found, isMore));
      }
    } catch {
      // The line is a convenience: what is wrong with the list, the list says.
    }
  }

  onChange(kind, look, signal, { every: 3_000 });
  document.addEventListener("visibilitychange", () => {
    if (isLate) {
      look();
    }
  }, { signal });
  return line;
}
