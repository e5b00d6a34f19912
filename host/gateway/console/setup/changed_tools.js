// Tools of which their server says something else than was accepted: what differs, and accepting it.

import { button } from "../components/button.js";
import { difference } from "../components/difference.js";
import { folded } from "../components/layout.js";
import { kept } from "../components/watched.js";
import { h } from "../kit/element.js";
import { named, short } from "./named.js";

/** Tools that are shown at a time. */
const STEP = 20;

/** Tools whose differences are open from the beginning. */
const MAX_OPEN = 5;

/** Parts of a definition, in words. A map, since the names are a stranger's: an object has some of its own. */
const PARTS = new Map([["description", "Description"], ["title", "Title"], ["inputSchema", "Arguments"], ["outputSchema", "Answer"], ["annotations", "What it says that it does"], ["name", "Name"]]);

/**
 * @param {object} options
 * @param {import("./shapes.js").UpstreamTool[]} options.tools
 * @param {(tool: string | undefined) => unknown} options.accept of one, or of all
 */
export function changedTools({ tools, accept }) {
  const list = h("div", { class: "stack" });
  let shown = 0;
  const more = button({ label: "Show more", press: show });
  function show() {
    const next = tools.slice(shown, shown + STEP).map((tool, place) => one(tool, accept, shown + place < MAX_OPEN));
    list.append(...next);
    // Where reading goes on.
    if (shown > 0) {
      next[0]?.querySelector("summary")?.focus();
    }
    shown += next.length;
    more.hidden = shown >= tools.length;
    more.lastElementChild?.replaceChildren(`Show more of ${(tools.length - shown).toLocaleString("en")}`);
  }
  show();
  return h("div", { class: "stack" },
    h("p", null, "Models still read what was accepted. A description is an instruction to a model: read what changed before you accept it. Characters that can't be seen are shown by their number."),
    list, h("div", { class: "actions" },
      kept(more, "more-changed"),
      tools.length > 1 ? kept(button({ label: `Accept all ${tools.length.toLocaleString("en")}`, press: () => accept(undefined) }), "accept-all") : null));
}

/** @param {import("./shapes.js").UpstreamTool} tool @param {(tool: string) => unknown} accept @param {boolean} open */
function one(tool, accept, open) {
  return kept(folded(h("span", null, named(tool.name), " ", h("span", { class: "quiet" }, parts(tool).join(", "))), () => [
    (tool.differences ?? []).map(({ part, before, now }) => h("div", { class: "stack tight" },
      h("h3", null, PARTS.get(part) ?? named(part), before === null ? " (new)" : now === null ? " (gone)" : ""),
      difference(before, now, { label: `${PARTS.get(part) ?? short(part)} of ${short(tool.name)}: before and now` }))),
    h("div", { class: "actions" }, kept(button({ label: "Accept", kind: "primary", describes: short(tool.name), press: () => accept(tool.name) }), `accept-${tool.name}`)),
  ], { open }), `changed-${tool.name}`);
}

/** @param {import("./shapes.js").UpstreamTool} tool */
const parts = ({ differences = [] }) => differences.slice(0, 6).map(({ part }) => PARTS.get(part) ?? short(part, 20));
