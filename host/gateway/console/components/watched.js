// A part of a page that follows what it shows. It is made anew only when the answer has changed, so that nobody who reads, opens or types
// there is disturbed by a change elsewhere; and a tab that nobody sees asks for nothing.

import { h, replace } from "../kit/element.js";
import { onChange } from "../kit/live.js";
import { ago } from "../kit/words.js";
import { problem, waiting as loading } from "./notice.js";

/** How often times that are told as how long ago they were are told anew, in milliseconds. */
const TIMES = 30_000;

/**
 * @template Data
 * @param {object} options
 * @param {() => Promise<Data>} options.load asks the host
 * @param {(data: Data) => import("../kit/element.js").Child} options.show
 * @param {AbortSignal} options.signal
 * @param {string[]} [options.on] the kinds of changes after which the host is asked again
 * @param {number} [options.every] at most once in so many milliseconds
 * @returns {{element: HTMLElement, ready: Promise<void>, again: () => Promise<void>}} `ready` fails when the first answer is a refusal; `again` never does
 */
export function watched({ load, show, signal, on = [], every = 2_000 }) {
  const body = h("div", { class: "watched", tabindex: "-1" }, loading());
  const wrong = h("div");
  const element = h("div", { class: "stack" }, wrong, body);
  let asked = 0;
  let answered = 0;
  let isLate = false;
  /** @type {string | undefined} */
  let shown;

  async function ask() {
    asked += 1;
    const own = asked;
    const data = await load();
    // An answer that a later one has overtaken is old.
    if (own < answered || signal.aborted) {
      return;
    }
    answered = own;
    replace(wrong);
    const text = JSON.stringify(data);
    if (text !== shown) {
      shown = text;
      keeping(body, () => replace(body, show(data)));
    }
  }

  async function again() {
    try {
      await ask();
    } catch (error) {
      // What was there stays: it is true of a moment ago.
      if (!signal.aborted) {
        replace(wrong, problem(error));
        if (shown === undefined) {
          replace(body);
        }
      }
    }
  }

  let last = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  // One change is often told by several kinds: they are asked about once.
  function soon() {
    isLate = document.hidden;
    if (!isLate) {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        last = Date.now();
        again();
      }, Math.max(50, last + every - Date.now()));
    }
  }
  for (const kind of on) {
    onChange(kind, soon, signal, { every: 0 });
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isLate) {
      isLate = false;
      again();
    }
  }, { signal });
  const ticking = setInterval(() => {
    for (const time of body.querySelectorAll("time[datetime]")) {
      time.textContent = ago(/** @type {HTMLTimeElement} */ (time).dateTime);
    }
  }, TIMES);
  signal.addEventListener("abort", () => {
    clearInterval(ticking);
    clearTimeout(waiting);
  });

  const ready = ask();
  ready.catch((error) => {
    if (!signal.aborted) {
      replace(wrong, problem(error));
      replace(body);
    }
  });
  return { element, ready, again };
}

/**
 * Makes a part anew and leaves the focus and what is open as they were. What is to be found again has `data-keep`.
 *
 * @param {HTMLElement} part
 * @param {() => void} make
 */
function keeping(part, make) {
  const focused = part.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  const key = focused?.dataset.keep;
  const open = new Set([...part.querySelectorAll("details[data-keep]")].filter((one) => /** @type {HTMLDetailsElement} */ (one).open).map((one) => /** @type {HTMLElement} */ (one).dataset.keep));
  make();
  for (const one of part.querySelectorAll("details[data-keep]")) {
    if (open.has(/** @type {HTMLElement} */ (one).dataset.keep)) {
      /** @type {HTMLDetailsElement} */ (one).open = true;
    }
  }
  if (focused && document.activeElement !== focused) {
    const kept = focused.isConnected ? focused : [...part.querySelectorAll("[data-keep]")].find((one) => key && /** @type {HTMLElement} */ (one).dataset.keep === key);
    (/** @type {HTMLElement | undefined} */ (kept) ?? part).focus({ preventScroll: true });
  }
}

/** Names an element, so that it keeps the focus, or stays open, when its part is made anew. @template {HTMLElement} Kept @param {Kept} element @param {string} key */
export function kept(element, key) {
  element.dataset.keep = key;
  return element;
}
