// Tools of which their server says something else than was accepted: what differs, and accepting it.

import { button } from "../components/button.js";
import { difference } from "../components/difference.js";
import { folded } from "../components/layout.js";
import { kept } from "../components/watched.js";
import { h } from "../kit/element.js";
import { named, short } from "./named.js";

/** Tools whose differences are shown at once. */
const MAX_SHOWN = 20;

/** Parts of a definition, in words. @type {Record<string, string>} */
const PARTS = { description: "Description", title: "Title", inputSchema: "Arguments", outputSchema: "Answer", annotations: "What it says that it does", name: "Name" };

/**
 * @param {object} options
 * @param {import("./shapes.js").UpstreamTool[]} options.tools
 * @param {(tool: string | undefined) => unknown} options.accept of one, or of all
 */
export function changedTools({ tools, accept }) {
  const shown = tools.slice(0, MAX_SHOWN);
  const rest = tools.slice(MAX_SHOWN);
  return h("div", { class: "stack" },
    h("p", null, "Models still read what was accepted. A description is an instruction to a model: read what changed before you accept it. Characters that can't be seen are shown by their number."),
    shown.map((tool, place) => one(tool, accept, place < 5)),
    rest.length ? kept(folded(`${rest.length.toLocaleString("en")} more`, () => rest.map((tool) => one(tool, accept, false))), "more-changed") : null,
    tools.length > 1 ? h("div", { class: "actions" }, kept(button({ label: `Accept all ${tools.length.toLocaleString("en")}`, press: () => accept(undefined) }), "accept-all")) : null);
}

/** @param {import("./shapes.js").UpstreamTool} tool @param {(tool: string) => unknown} accept @param {boolean} open */
function one(tool, accept, open) {
  return kept(folded(h("span", null, named(tool.name), " ", h("span", { class: "quiet" }, parts(tool).join(", "))), () => [
    (tool.differences ?? []).map(({ part, before, now }) => h("div", { class: "stack tight" },
      h("h3", null, part in PARTS ? PARTS[part] : named(part), before === null ? " (new)" : now === null ? " (gone)" : ""),
      difference(before, now, { label: `${PARTS[part] ?? short(part)} of ${short(tool.name)}: before and now` }))),
    h("div", { class: "actions" }, kept(button({ label: "Accept", kind: "primary", describes: short(tool.name), press: () => accept(tool.name) }), `accept-${tool.name}`)),
  ], { open }), `changed-${tool.name}`);
}

/** @param {import("./shapes.js").UpstreamTool} tool */
const parts = ({ differences = [] }) => differences.slice(0, 6).map(({ part }) => PARTS[part] ?? short(part, 20));
