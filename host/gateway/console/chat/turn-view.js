// One turn on the page. What it shows is in the turn itself, so that it can be taken away and made again.

import { button } from "../components/button.js";
import { notice, problem } from "../components/notice.js";
import { foreign, h } from "../kit/element.js";
import { when } from "../components/layout.js";
import { callView } from "./call-view.js";
import { flowing, spoken } from "./flowing.js";
import { ended } from "./turns.js";

/** @typedef {ReturnType<typeof turnView>} TurnView */

/**
 * @param {import("./turns.js").Turn} turn
 * @param {() => void} moved called when it has grown
 */
export function turnView(turn, moved) {
  const replies = h("div", { class: "replies" });
  const after = h("div", { class: "stack" });
  const element = h("article", { class: "turn", tabindex: "-1" },
    turn.said === null ? null : h("div", { class: "said" }, h("h2", null, "You", turn.at ? [" · ", when(turn.at)] : null), h("p", null, foreign(turn.said))),
    h("h2", { class: "model" }, "Model"), replies, after);
  /** @type {ReturnType<typeof flowing> | null} */
  let growing = null;
  /** @type {{call: import("./turns.js").Call, view: ReturnType<typeof callView>} | null} */
  let running = null;

  for (const part of turn.parts) {
    if (part.kind === "text") {
      replies.append(h("div", { class: "spoken" }, spoken(part.text)));
    } else if (part.call.state !== "asked") {
      replies.append(callView(part.call).element);
    }
  }

  /** Ends the text that grows. */
  function rest() {
    growing?.end();
    growing = null;
  }

  /** @param {import("./turns.js").Call} call */
  function add(call) {
    rest();
    turn.parts.push({ kind: "call", call });
    const view = callView(call);
    replies.append(view.element);
    moved();
    return { call, view };
  }

  return {
    element,
    turn,
    /** @param {string} piece */
    text(piece) {
      let part = turn.parts.at(-1);
      if (!growing || part?.kind !== "text") {
        part = { kind: "text", text: "" };
        turn.parts.push(part);
        growing = flowing(moved);
        replies.append(h("div", { class: "spoken" }, growing.element));
      }
      part.text += piece;
      growing.add(piece);
    },
    /** @param {any} told */
    begun(told) {
      running = add({ tool: told.tool, server: told.server, arguments: told.arguments, state: "running" });
    },
    /** @param {any} told a call that wasn't made has no beginning */
    ended(told) {
      const own = running?.call.tool === told.tool ? running : add({ tool: told.tool, server: told.server, arguments: told.arguments, state: "running" });
      running = null;
      Object.assign(own?.call ?? {}, ended(told));
      own?.view.update();
    },
    /** Takes the call away that is asked about: the question shows it. */
    asked() {
      rest();
      if (running) {
        running.view.element.remove();
        turn.parts = turn.parts.filter((part) => part.kind !== "call" || part.call !== running?.call);
        running = null;
      }
    },
    /** Whether what the model says is shown. @param {boolean} isHidden */
    silence(isHidden) {
      replies.classList.toggle("silenced", isHidden);
    },
    /** What the model said last. */
    lastText: () => turn.parts.findLast((part) => part.kind === "text")?.text ?? "",
    /** The host's words at the end, where the turn was ended early. @param {string} text */
    note(text) {
      after.append(notice("info", text));
      moved();
    },
    /** @param {import("../kit/element.js").Child} [words] why it stopped, where it didn't come to its end */
    end(words) {
      rest();
      if (running) {
        running.call.state = "unknown";
        running.view.update();
        running = null;
      }
      if (words) {
        after.append(notice("info", words));
      }
      moved();
    },
    /** @param {unknown} error @param {() => void} again @param {string} label */
    fail(error, again, label) {
      this.end();
      const hasCalled = turn.parts.some((part) => part.kind === "call");
      after.replaceChildren(problem(error), h("div", { class: "actions" },
        button({ label, icon: "again", press: () => {
          after.replaceChildren();
          again();
        } }),
        hasCalled ? h("span", { class: "quiet" }, "What was done stays done.") : null));
      moved();
    },
  };
}
