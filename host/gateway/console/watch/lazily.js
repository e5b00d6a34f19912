// Arguments and answers as people read them. What shows them is loaded when it is needed; without it there is the JSON.

import { json } from "../components/layout.js";
import { waiting } from "../components/notice.js";
import { h, replace } from "../kit/element.js";

/** @param {unknown} value */
export const argumentsOf = (value) => later(async () => (await import("../answer/arguments.js")).argumentsView(value), () => json(value, { label: "Arguments" }));

/** @param {unknown} value @param {string} tool */
export const answerOf = (value, tool) => later(async () => (await import("../answer/answer.js")).answerView(value, { tool }), () => json(value, { label: "Answer" }));

/** @param {() => Promise<Node>} make @param {() => Node} otherwise */
function later(make, otherwise) {
  const place = h("div", null, waiting());
  make().catch(otherwise).then((made) => replace(place, made));
  return place;
}
