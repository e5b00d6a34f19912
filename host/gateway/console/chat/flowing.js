// What a model says, as it comes. Paragraphs that are finished stay as they are: only the last one is drawn again.

import { h, replace } from "../kit/element.js";
import { markdown } from "../kit/markdown.js";

/** Milliseconds between two drawings. */
const EVERY = 100;

/** Characters of a text that are shown before somebody wants all of it. */
const MAX_SHOWN = 12_000;

/**
 * A text that is there as a whole.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export function spoken(text) {
  if (text.length <= MAX_SHOWN) {
    return markdown(text);
  }
  const shown = h("div", { class: "stack" }, markdown(text.slice(0, MAX_SHOWN)));
  const more = h("button", { type: "button", class: "link", on: { click: () => {
    replace(shown, markdown(text));
    shown.tabIndex = -1;
    shown.focus();
  } } }, `Show all ${text.length.toLocaleString("en")} characters`);
  shown.append(more);
  return shown;
}

/**
 * A text that grows.
 *
 * @param {() => void} moved called after each drawing
 */
export function flowing(moved) {
  const element = h("div", { class: "flowing" });
  let tail = h("div");
  element.append(tail);
  let rest = "";
  let all = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  function draw() {
    waiting = undefined;
    const end = finished(rest);
    if (end > 0) {
      tail.replaceWith(markdown(rest.slice(0, end)));
      rest = rest.slice(end);
      tail = h("div");
      element.append(tail);
    }
    replace(tail, rest.trim() && markdown(rest));
    moved();
  }

  return {
    element,
    /** @param {string} piece */
    add(piece) {
      rest += piece;
      all += piece.length;
      // A paragraph that is long takes long to draw, and is drawn the less often for it.
      waiting ??= setTimeout(draw, Math.max(EVERY, rest.length / 100));
    },
    /** Draws what is left. */
    end() {
      clearTimeout(waiting);
      draw();
    },
    get length() {
      return all;
    },
  };
}

/** Where the last paragraph begins that may still change: after an empty line outside of code. @param {string} text */
function finished(text) {
  let end = 0;
  let isCode = false;
  let at = 0;
  for (const line of text.split("\n")) {
    if (/^\s*(```|~~~)/.test(line)) {
      isCode = !isCode;
    }
    at += line.length + 1;
    if (!line.trim() && !isCode && at <= text.length) {
      end = at;
    }
  }
  return end;
}
