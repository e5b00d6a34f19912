// One conversation on the page: its turns, what is said next, and the question that is open.

import { h, replace } from "../kit/element.js";
import { Problem } from "../kit/api.js";
import { address, go } from "../kit/router.js";
import { composer } from "./composer.js";
import { questionView } from "./question-view.js";
import { turn } from "./stream.js";
import { turnsOf } from "./turns.js";
import { turnsWindow } from "./window.js";

/** How often a conversation is asked again whose turn before hasn't ended yet, as after "Stop". */
const MAX_TRIES = 5;

/** Characters of an answer that are read out. */
const MAX_READ_OUT = 1_000;

/**
 * @param {object} options
 * @param {any} options.kept the conversation as the host keeps it; none yet for a new one
 * @param {ReturnType<typeof import("./reach.js").reachPicker>} options.reach
 * @param {(id: string) => void} options.named called when the host has told the conversation's id, and after each turn
 * @param {(message: string, since: number) => Promise<string | undefined>} options.find the id of a conversation that was stopped before the host told it
 * @param {AbortSignal} options.signal
 */
export function conversation({ kept, reach, named, find, signal }) {
  /** @type {string | undefined} */
  let id = kept?.id;
  /** @type {AbortController | null} */
  let running = null;
  /** @type {ReturnType<typeof questionView> | null} */
  let question = null;
  let isAtEnd = true;

  const said = h("p", { class: "unseen", role: "status" });
  const asking = h("div");
  const shown = turnsWindow(turnsOf(kept?.messages ?? [], Boolean(kept?.question)), moved);
  const writing = composer({ send: say, stop: () => running?.abort(), below: reach.element });
  const element = h("div", { class: "conversation" }, shown.element, asking, said, writing.element);
  addEventListener("scroll", () => {
    isAtEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 120;
  }, { signal, passive: true });

  /** Who reads the end goes on reading it; who reads something else is left there. */
  function moved() {
    if (isAtEnd) {
      scrollTo(0, document.documentElement.scrollHeight);
    }
  }

  /** @param {string} message */
  async function say(message) {
    question?.end();
    question = null;
    shown.last?.silence(false);
    const begun = Date.now();
    const view = shown.add({ said: message, at: new Date().toISOString(), parts: [] });
    isAtEnd = true;
    moved();
    try {
      await run({ message }, () => {});
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      id ??= /** @type {any} */ (error)?.details?.conversation_id;
      if (id) {
        named(id);
      }
      view.fail(error, () => {
        // A turn that the host knows nothing of begins anew; what is kept stays, and is said once more.
        if (!id) {
          shown.drop();
        }
        say(message);
      }, "Try again");
      writing.input.focus();
      return;
    }
    if (!id && !signal.aborted) {
      // It was stopped before the host could say which conversation it is.
      id = await find(message, begun - 5_000);
      if (id) {
        named(id);
      }
    }
  }

  /** @param {boolean} isApproved @param {string} asked the question's id */
  async function answer(isApproved, asked) {
    let isTaken = false;
    const taken = () => {
      if (!isTaken) {
        isTaken = true;
        question?.end();
        question = null;
        shown.last?.silence(false);
        writing.input.focus({ preventScroll: true });
      }
    };
    try {
      await run(isApproved ? { approve: asked } : { decline: asked }, taken);
    } catch (error) {
      if (!isTaken || signal.aborted) {
        throw error;
      }
      // The answer counts only once, so there is nothing to say again.
      shown.last?.fail(error, () => go(address("chat", id ?? "")), "Load the conversation again");
    }
  }

  /**
   * A turn, from what is said until the host has ended it.
   *
   * @param {Record<string, unknown>} what
   * @param {() => void} begun called when the host has taken it
   */
  async function run(what, begun) {
    const own = new AbortController();
    running = own;
    writing.running(true);
    reach.lock(true);
    read("The model works.");
    const view = shown.last;
    try {
      const told = await patient({ ...what, ...reach.said, conversation_id: id }, AbortSignal.any([signal, own.signal]), ({ name, data }) => {
        begun();
        if (name === "text") {
          view?.text(String(data.text ?? ""));
        } else if (name === "call_begun") {
          view?.begun(data);
          read(`The model calls ${data.tool}.`);
        } else if (name === "call_ended") {
          view?.ended(data);
        }
      });
      begun();
      id = told.data.conversation_id ?? id;
      if (told.name === "question") {
        ask(told.data.question);
      } else {
        ended(told.data);
      }
    } catch (error) {
      if (!own.signal.aborted || signal.aborted) {
        throw error;
      }
      begun();
      view?.end(["Stopped. What was under way comes to its end, and what was done stays. ", id ? h("a", { href: address("chat", id) }, "Show what the host has kept") : null]);
      read("Stopped.");
    } finally {
      running = null;
      writing.running(false);
      reach.lock(question !== null);
    }
    if (id && !signal.aborted) {
      reach.keep(id);
      named(id);
    }
  }

  /** Says it again where another turn of the conversation hasn't ended: the host has done nothing then. @type {typeof turnOnce} */
  async function patient(what, until, tell) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await turnOnce(what, until, tell);
      } catch (error) {
        const pause = error instanceof Problem && error.code === "conflict" ? Number(error.details?.retry_after_seconds) : 0;
        if (!pause || tries === MAX_TRIES || until.aborted) {
          throw error;
        }
        await new Promise((done) => {
          setTimeout(done, Math.min(pause, 10) * 1_000);
          until.addEventListener("abort", done, { once: true });
        });
      }
    }
  }

  /** @param {import("./turns.js").Question} asked */
  function ask(asked) {
    shown.last?.asked();
    shown.last?.silence(true);
    question = questionView(asked, { answer: (isApproved) => answer(isApproved, asked.id), signal });
    replace(asking, question.element);
    read(`The host asks: may the model call ${asked.tool}?`);
    reach.lock(true);
    isAtEnd = true;
    moved();
    // Who is writing goes on: the question is read out to them, and stands above what they write.
    if (document.activeElement !== writing.input || !writing.input.value) {
      question.focus();
    }
  }

  /** @param {any} told */
  function ended(told) {
    const view = shown.last;
    view?.end();
    const text = view?.lastText() ?? "";
    if (told.ended !== "answered") {
      view?.note(told.response.startsWith(text) ? told.response.slice(text.length).trim() || told.response : told.response);
    }
    read(`The model has answered: ${String(told.response ?? "").replace(/[*`#_>|]/g, "").slice(0, MAX_READ_OUT)}`);
  }

  /** @param {string} words */
  function read(words) {
    replace(said, words);
  }

  if (kept?.question) {
    shown.last?.silence(true);
    question = questionView(kept.question, { answer: (isApproved) => answer(isApproved, kept.question.id), signal });
    asking.append(question.element);
    reach.lock(true);
  }
  writing.running(false);
  return {
    element,
    /** Shows what was said last; of a question its beginning. */
    showEnd() {
      scrollTo(0, document.documentElement.scrollHeight);
      question?.show();
    },
  };
}

/** @param {Record<string, unknown>} what @param {AbortSignal} until @param {(told: import("./stream.js").Told) => void} tell */
const turnOnce = (what, until, tell) => turn(what, { signal: until, tell });
