// Where the person writes. The field grows with what is in it; Enter sends, Shift and Enter break the line.

import { button } from "../components/button.js";
import { field } from "../components/field.js";
import { h, replace } from "../kit/element.js";
import { size } from "../kit/words.js";

/** Longest message that the host takes, in bytes. */
const MAX_BYTES = 64 * 1024;

/** Lines that the field shows at most. */
const MAX_LINES = 12;

/**
 * @param {object} options
 * @param {(text: string) => void} options.send
 * @param {() => void} options.stop
 * @param {import("../kit/element.js").Child} options.below what belongs to the message, such as the tools that the model may use
 */
export function composer({ send, stop, below }) {
  const input = h("textarea", {
    rows: 1,
    class: "message",
    placeholder: "Write to the model",
    "aria-keyshortcuts": "Enter",
    on: {
      input: grow,
      keydown: (/** @type {KeyboardEvent} */ event) => {
        // Enter that ends a word of an input method is no wish to send.
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          submit();
        }
      },
    },
  });
  const message = field({ label: "Message", control: input });
  const go = button({ label: "Send", kind: "primary", type: "submit" });
  const halt = button({ label: "Stop", icon: "stop", press: stop, describes: "the model" });
  halt.hidden = true;
  const state = h("span", { class: "composer-state quiet" });
  const element = h("form", { class: "composer", novalidate: true, on: { submit: (event) => {
    event.preventDefault();
    submit();
  } } }, h("div", { class: "composer-row" }, message.element, go, halt), h("div", { class: "composer-row" }, state, below));
  let isRunning = false;

  // Where the browser grows fields by itself, it counts the lines that are wrapped too.
  function grow() {
    input.rows = Math.min(MAX_LINES, input.value.split("\n", MAX_LINES).length);
    message.refuse("");
  }

  function submit() {
    const text = input.value;
    if (isRunning || !text.trim()) {
      return;
    }
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > MAX_BYTES) {
      message.refuse(`The message has ${size(bytes)}, and may have ${size(MAX_BYTES)}. Write less at once.`);
      return;
    }
    input.value = "";
    grow();
    send(text);
  }

  return {
    element,
    input,
    /** @param {boolean} runs */
    running(runs) {
      const had = document.activeElement;
      isRunning = runs;
      go.hidden = runs;
      halt.hidden = !runs;
      state.classList.toggle("hint", !runs);
      replace(state, runs ? "The model works. It stops when you leave this page." : "Enter sends, Shift+Enter breaks the line.");
      // Who pressed a button that is gone is at the one that came for it.
      if (had === go || (had === halt && !runs)) {
        (runs ? halt : input).focus();
      }
    },
  };
}
