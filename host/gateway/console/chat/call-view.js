// A call that the model has asked for: what it asked, and what the tool answered, which is somebody else's word.

import { icon } from "../components/icon.js";
import { json } from "../components/layout.js";
import { foreign, h, replace } from "../kit/element.js";
import { address } from "../kit/router.js";
import { exactArguments } from "./exact.js";

/** How far a call is, in words. */
const STATES = {
  running: "under way",
  answered: "answered",
  failed: "failed",
  not_made: "not made",
  asked: "waits for you",
  unknown: "no answer is known",
};

/** @param {import("./turns.js").Call} call */
export function callView(call) {
  const summary = h("summary");
  const body = h("div", { class: "folded-body" });
  const element = h("details", { class: "folded call", on: { toggle: () => element.open && fill() } }, summary, body);
  let filled = "";

  /** Shows what is known now. */
  function update() {
    const mark = { running: null, answered: "check", failed: "error", not_made: "stop", asked: "warning", unknown: "warning" }[call.state];
    replace(summary,
      mark ? icon(/** @type {import("../components/icon.js").IconName} */ (mark)) : h("span", { class: "spinner", "aria-hidden": "true" }),
      h("code", null, foreign(call.tool || "a tool without a name", { max: 80 })),
      call.server && call.server !== call.tool ? h("span", { class: "quiet" }, " of ", foreign(call.server, { max: 80 })) : null,
      h("span", { class: `call-state ${call.state}` }, STATES[call.state]));
    if (element.open) {
      fill();
    }
  }

  /** Makes what folds, once somebody opens it. */
  function fill() {
    if (filled === call.state) {
      return;
    }
    filled = call.state;
    replace(body,
      h("h3", null, "What it was asked"),
      exactArguments(call.arguments),
      h("h3", null, "What the tool answered"),
      call.result === undefined ? h("p", { class: "quiet" }, missing(call.state)) : answer(call),
      call.request_id ? h("p", { class: "quiet" }, "Call ", h("a", { href: address("activity", call.request_id) }, h("code", null, call.request_id))) : null);
  }

  update();
  return { element, update };
}

/** @param {string} state */
const missing = (state) => ({
  running: "Nothing yet.",
  asked: "Nothing: it is done only if you say so.",
}[state] ?? "Nobody knows: the turn ended before the answer was there. What changes something is in the activity.");

/** @param {import("./turns.js").Call} call */
function answer(call) {
  const text = call.result ?? "";
  return h("div", { class: "untrusted" },
    h("p", { class: "quiet" }, call.request_id ? "From the tool, word for word. Whoever writes there can have written this." : "From the host: the call was not made."),
    data(text),
    call.cut_of && call.cut_of > 0 ? h("p", { class: "quiet" }, `The model was told the beginning of ${call.cut_of.toLocaleString("en")} bytes.`) : null);
}

/** @param {string} text */
function data(text) {
  try {
    const value = JSON.parse(text);
    if (value?.error?.message) {
      return h("div", { class: "stack" },
        h("p", null, foreign(value.error.message)),
        value.error.hint ? h("p", { class: "quiet" }, foreign(value.error.hint)) : null);
    }
    return json(value, { label: "What the tool answered" });
  } catch {
    return h("pre", { class: "json", tabindex: "0", role: "region", "aria-label": "What the tool answered" }, foreign(text, { max: 20_000 }));
  }
}
