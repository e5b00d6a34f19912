// Times that are told as how long ago they were, on a page that stays open.

import { ago } from "../kit/words.js";

/** How often they are told anew, in milliseconds. */
const EVERY = 30_000;

/**
 * Tells the times in a part of the page anew, as long as the page is there.
 *
 * @template {HTMLElement} Part
 * @param {Part} part
 * @param {AbortSignal} signal
 * @returns {Part}
 */
export function keepTimes(part, signal) {
  const ticking = setInterval(() => {
    if (!document.hidden) {
      for (const time of part.querySelectorAll("time[datetime]")) {
        time.textContent = ago(/** @type {HTMLTimeElement} */ (time).dateTime);
      }
    }
  }, EVERY);
  signal.addEventListener("abort", () => clearInterval(ticking));
  return part;
}
