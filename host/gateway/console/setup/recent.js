// The last things that happened, for the overview; all of them are on the page of the activity.

import { section, when } from "../components/layout.js";
import { empty } from "../components/notice.js";
import { watched } from "../components/watched.js";
import { get } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { SURFACES } from "../kit/words.js";
import { who } from "../watch/names.js";
import { line, outcomeBadge } from "../watch/words.js";
import { named } from "./named.js";

/** @param {{everyone: boolean, signal: AbortSignal}} options */
export function recent({ everyone, signal }) {
  const list = watched({
    load: async () => /** @type {import("../watch/words.js").Happened[]} */ ((await get("/v1/activity", { limit: 5, of: everyone ? "everyone" : undefined }, signal)).events),
    signal,
    on: ["activity"],
    show: (events) => (events.length ? h("ul", { class: "recent" }, events.slice(0, 5).map((event) => one(event, everyone)))
      : empty(everyone ? "Nothing has happened yet. Calls that write, and every change of tokens, grants and connections, are told here." : "You have changed nothing yet. Calls that write are told here, with what they changed.")),
  });
  return section(everyone ? "Recently" : "Your recent activity", list.element, h("p", null, h("a", { href: "/console/activity" }, "See all activity")));
}

/** @param {import("../watch/words.js").Happened} event @param {boolean} everyone */
function one(event, everyone) {
  const words = line(event);
  const what = event.call
    ? [h("a", { href: address("activity", event.call), "data-keep": `event-${event.number}` }, named(event.about)), words ? [": ", foreign(words, { max: 160 })] : null]
    : foreign(words, { max: 200 });
  return h("li", null,
    h("div", null, h("p", null, what),
      h("p", { class: "quiet" }, everyone ? [who(event.principal), ", "] : null, `${SURFACES[event.surface] ?? event.surface}, `, when(event.at))),
    event.outcome === "ok" ? null : outcomeBadge(event.outcome));
}
