// The host's question before the model changes something. It is made of what would be done alone: not a word of the model's is in it, since that
// word may be what a page wanted it to say.

import { button } from "../components/button.js";
import { visible } from "../components/difference.js";
import { icon } from "../components/icon.js";
import { accessBadge, problem } from "../components/notice.js";
import { freshId, h, replace } from "../kit/element.js";
import { exactArguments } from "./exact.js";

/** The strongest thing that a tool may do, as the end of a sentence. */
const MAY = {
  reads: "only reads",
  writes: "may create and change things",
  destroys: "may trash and delete things",
};

/**
 * @param {import("./turns.js").Question} question
 * @param {{answer: (isApproved: boolean) => Promise<void>, signal: AbortSignal}} options
 */
export function questionView(question, { answer, signal }) {
  const id = freshId("question");
  const wrong = h("div", { "aria-live": "assertive" });
  const until = h("p", { class: "quiet" });
  const heading = h("h2", { id, tabindex: "-1" }, icon("warning"), "May the model do this?");
  const no = button({ label: "Don't", describes: `don't call ${visible(question.tool)}`, press: () => answered(false) });
  const yes = button({ label: "Do it", kind: question.access === "destroys" ? "danger" : "primary", describes: `call ${visible(question.tool)}`, press: () => answered(true) });
  const actions = h("div", { class: "actions" }, no, yes);
  let isAnswered = false;

  /** @param {boolean} isApproved */
  async function answered(isApproved) {
    // One question has one answer: the other button does nothing any more, not even while the first is under way.
    if (isAnswered) {
      return;
    }
    isAnswered = true;
    replace(wrong);
    try {
      await answer(isApproved);
    } catch (error) {
      isAnswered = false;
      if (!signal.aborted) {
        replace(wrong, problem(error));
      }
    }
  }

  const element = h("section", { class: `question ${question.access}`, "aria-labelledby": id },
    heading,
    h("p", null,
      "It wants to call ", h("strong", null, h("bdi", null, visible(question.tool))), " of ", h("bdi", null, visible(question.server)), ", which ", MAY[question.access] ?? question.access, ". ",
      question.connection ? ["It is done on the connection ", h("strong", null, h("bdi", null, visible(question.connection.name))), "."] : "It is done on no connection."),
    h("div", null, accessBadge(question.access)),
    h("h3", null, "With exactly these arguments"),
    exactArguments(question.arguments),
    wrong,
    actions,
    until,
    h("p", { class: "quiet" }, "What the model says about it isn't shown before you have answered: a page that it has read may have told it what to say. Writing something else counts as “Don't”."));

  const expires = new Date(question.expires_at).getTime();
  const expire = () => {
    const left = expires - Date.now();
    if (left > 0) {
      replace(until, `You can answer until ${new Date(expires).toLocaleTimeString("en-GB", { timeStyle: "short" })}.`);
      // Timers are imprecise, and a machine that slept has none: it is looked at now and then.
      waiting = setTimeout(expire, Math.min(left + 500, 30_000));
    } else {
      yes.disabled = true;
      replace(until, "The time to answer is over, and nothing was done. Write a message to go on: you are asked again where it is needed.");
    }
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  expire();
  signal.addEventListener("abort", () => clearTimeout(waiting));

  return {
    element,
    focus: () => heading.focus(),
    show: () => heading.scrollIntoView({ block: "nearest" }),
    end() {
      clearTimeout(waiting);
      element.remove();
    },
  };
}
