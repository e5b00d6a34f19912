// What a tool was asked: names and values, with the JSON one click away.

import { folded, json } from "../components/layout.js";
import { foreign, h } from "../kit/element.js";
import { markdown } from "../kit/markdown.js";
import { inWords, plain } from "../form/plain.js";
import { compact } from "./compact.js";
import { isScalar, scalar } from "./scalar.js";

/** Arguments that are shown by themselves. */
const MAX_SHOWN = 40;

/**
 * @param {unknown} args
 * @param {{tool?: string, schema?: any, withJson?: boolean, names?: Record<string, string>}} [options] the tool's input schema names the members, `names` what ids are called; the JSON can be left out
 *   where it is elsewhere
 * @returns {HTMLElement}
 */
export function argumentsView(args, { schema, withJson = true, names = {} } = {}) {
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    return args === null || args === undefined ? nothing() : json(args, { label: "Arguments" });
  }
  const entries = Object.entries(args);
  if (entries.length === 0) {
    return nothing();
  }
  const shown = entries.slice(0, MAX_SHOWN).map(([name, value]) => h("div", null,
    h("dt", null, foreign(plain(schema?.properties?.[name]?.title ?? inWords(name), 80) || "–")),
    h("dd", null, argument(name, value, names))));
  return h("div", { class: "stack arguments" },
    h("dl", { class: "argument-list" }, shown),
    entries.length > MAX_SHOWN ? h("p", { class: "quiet" }, `${entries.length - MAX_SHOWN} more are in the JSON.`) : null,
    withJson ? folded("JSON", () => json(args, { label: "Arguments as JSON" })) : null);
}

const nothing = () => h("p", { class: "quiet" }, "Without arguments.");

/** @param {string} name @param {unknown} value @param {Record<string, string>} names @returns {import("../kit/element.js").Child} */
function argument(name, value, names) {
  if (typeof value === "string" && Object.hasOwn(names, value)) {
    return [h("strong", null, foreign(plain(names[value], 120))), " ", h("code", { class: "quiet" }, foreign(plain(value, 80)))];
  }
  if (Array.isArray(value) && value.some((one) => typeof one === "string" && Object.hasOwn(names, one))) {
    return h("ul", { class: "plain-list" }, value.slice(0, MAX_SHOWN).map((one) => h("li", null, argument(name, one, names))), value.length > MAX_SHOWN ? h("li", { class: "quiet" }, `${value.length - MAX_SHOWN} more`) : null);
  }
  if (typeof value === "string" && value.includes("\n") && /^(markdown|content|body|text)$/i.test(name)) {
    return folded(`${plain(value.trim().split("\n")[0], 60)}…`, () => markdown(value.slice(0, 100_000), { baseLevel: 4 }));
  }
  if (isScalar(value)) {
    return scalar(value, { max: 600 });
  }
  if (Array.isArray(value)) {
    return compact(value);
  }
  const members = Object.entries(/** @type {object} */ (value));
  // Names with plain values, such as those of a row, fit in lines.
  const isPlain = members.length > 0 && members.length <= 12 && members.every(([, one]) => isScalar(one) || (Array.isArray(one) && one.every(isScalar)));
  return isPlain ? h("dl", { class: "argument-list inner" }, members.map(([key, one]) => h("div", null, h("dt", null, foreign(plain(key, 80))), h("dd", null, compact(one))))) : compact(value);
}
