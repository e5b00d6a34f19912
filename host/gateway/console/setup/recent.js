// The last things that happened, for the overview; all of them are on the page of the activity.

import { section, when } from "../components/layout.js";
import { badge, empty } from "../components/notice.js";
import { watched } from "../components/watched.js";
import { get } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { SURFACES } from "../kit/words.js";
import { named } from "./named.js";

/** @typedef {import("./shapes.js").Happening} Happening */

/** @param {{everyone: boolean, signal: AbortSignal}} options */
export function recent({ everyone, signal }) {
  const list = watched({
    load: async () => /** @type {Happening[]} */ ((await get("/v1/activity", { limit: 5, of: everyone ? "everyone" : undefined }, signal)).events),
    signal,
    on: ["activity"],
    show: (events) => (events.length ? h("ul", { class: "recent" }, events.slice(0, 5).map((event) => one(event, everyone)))
      : empty(everyone ? "Nothing has happened yet. Calls that write, and every change of tokens, grants and connections, are told here." : "You have changed nothing yet. Calls that write are told here, with what they changed.")),
  });
  return section(everyone ? "Recently" : "Your recent activity", list.element, h("p", null, h("a", { href: "/console/activity" }, "See all activity")));
}

/** What events are about, where that isn't a tool. @type {Record<string, string>} */
const KINDS = {
  grant: "Grant", token: "Token", client: "Client", consent: "Program", session: "Session", connection: "Connection", plugin: "Plugin", upstream: "MCP server", job: "Job", key: "Key", audit: "Audit",
};

/** @param {Happening} event @param {boolean} everyone */
function one(event, everyone) {
  const isCall = Boolean(event.call);
  const what = isCall ? named(event.about) : [KINDS[event.event] ?? named(event.event)];
  const name = isCall && event.call ? h("a", { href: address("activity", event.call), "data-keep": `event-${event.number}` }, what) : h("span", null, what);
  const isWell = event.outcome === "ok" || event.outcome === null || event.outcome === undefined;
  return h("li", null,
    h("div", null, h("p", null, name, event.summary ? [": ", foreign(event.summary, { max: 160 })] : null),
      h("p", { class: "quiet" }, everyone && event.principal ? [named(event.principal.name), ", "] : null, event.surface ? `${SURFACES[event.surface] ?? event.surface}, ` : null, when(event.at))),
    isWell ? null : badge(String(event.outcome).slice(0, 40), event.outcome === "begun" ? "busy" : "bad"));
}
