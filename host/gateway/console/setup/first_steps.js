// What to do first with a new host. Each step is ticked once it has been done, whoever did it and by whatever way.

import { icon } from "../components/icon.js";
import { section } from "../components/layout.js";
import { h } from "../kit/element.js";

/**
 * @param {object} done
 * @param {boolean} done.isConnected
 * @param {boolean} done.hasToken
 * @param {boolean} done.hasCall
 */
export function firstSteps({ isConnected, hasToken, hasCall }) {
  const steps = [
    { isDone: isConnected, title: "Connect a workspace", text: "Tools work in it. You choose the pages that may be used at Notion.", href: "/console/connections", label: "Connect" },
    { isDone: hasToken, title: "Make a token for a client", text: "For ChatGPT, Claude, Cursor, VS Code or a program of your own. It comes with what to paste there.", href: "/console/tokens?new=", label: "Make a token" },
    { isDone: hasCall, title: "Call a tool", text: "From that client, or here by a form.", href: "/console/tools", label: "Choose a tool" },
  ];
  const left = steps.filter((step) => !step.isDone).length;
  if (left === 0) {
    return null;
  }
  const next = steps.find((step) => !step.isDone);
  return section("First steps", h("ol", { class: "steps" }, steps.map((step) => h("li", { class: step.isDone ? "done" : null },
    h("span", { class: "mark" }, step.isDone ? icon("check") : null, h("span", { class: "unseen" }, step.isDone ? "Done: " : "To do: ")),
    h("div", null, h("p", { class: "title" }, step.title), h("p", { class: "quiet" }, step.text)),
    step.isDone ? null : h("a", { href: step.href, class: step === next ? "button primary" : "button", "data-keep": `step ${step.title}` }, step.label)))));
}
