// What is here, and what to do first.

import { h } from "../kit/element.js";

/** @type {import("../kit/router.js").Show} */
export async function show() {
  return h("div", null, h("h1", null, "Overview"));
}
