// The place of a page where it says what came of an action. The focus goes there: what was pressed may be gone by then.

import { h, replace } from "../kit/element.js";
import { notice, problem, waiting } from "./notice.js";

export function outcome() {
  const element = h("div", { class: "outcome", tabindex: "-1" });
  /** @param {import("../kit/element.js").Child} content */
  const say = (content) => {
    replace(element, content);
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  };
  return {
    element,
    clear: () => replace(element),
    /** Says what is going on, where that takes a while. @param {string} text */
    busy: (text) => replace(element, waiting(text)),
    /** @param {import("../kit/element.js").Child} text @param {import("../kit/element.js").Child} [more] */
    done: (text, more) => say(notice("done", text, more)),
    /** @param {import("../kit/element.js").Child} text @param {import("../kit/element.js").Child} [more] */
    refuse: (text, more) => say(notice("error", text, more)),
    /** Does something, and says so when it doesn't work. @param {() => unknown} work */
    attempt: async (work) => {
      replace(element);
      try {
        return await work();
      } catch (error) {
        say(problem(error));
        return undefined;
      }
    },
  };
}
