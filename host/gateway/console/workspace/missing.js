// What a page says where a tool that it needs isn't there.

import { notice } from "../components/notice.js";
import { h } from "../kit/element.js";

/**
 * @param {string} what such as "Rows can't be added here"
 * @param {...string} names the tools that would do it
 */
export const without = (what, ...names) => notice("info",
  h("span", null, `${what}: `, names.map((name, place) => [place ? " and " : "", h("code", null, name)]), names.length === 1 ? " is not among your tools." : " are not among your tools."),
  "An operator can install the plugin that has it, or give you more rights.");
