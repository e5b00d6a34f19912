// Who did what, when, by which way in, and how it ended.

import { pageHead, when } from "../components/layout.js";
import { empty } from "../components/notice.js";
import { table } from "../components/table.js";
import { get } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { address, note } from "../kit/router.js";
import { duration, SURFACES } from "../kit/words.js";
import { filters, wantedOf } from "../watch/filters.js";
import { connection, connectionNames, who } from "../watch/names.js";
import { news } from "../watch/news.js";
import { pager } from "../watch/pager.js";
import { line, outcomeBadge, writtenOf } from "../watch/words.js";

/** Events of one page. */
const PAGE = 50;

/** @typedef {import("../watch/words.js").Happened} Happened */

/** @type {import("../kit/router.js").Show} */
export async function show({ query, signal }) {
  let wanted = wantedOf(query);
  /** @type {Happened[]} */
  let shown = [];
  /** The number of the newest event when somebody last saw the beginning: what has a higher one is new. @type {number | undefined} */
  let newest;
  let naming = connectionNames(wanted.of === "everyone", signal);
  /** @type {Map<string, string>} */
  let names = new Map();

  const list = pager({
    cursor: query.get("cursor") ?? undefined,
    signal,
    moved: keep,
    load: async (cursor) => {
      const [page, known] = await Promise.all([get("/v1/activity", { limit: PAGE, cursor, ...wanted }, signal), naming]);
      names = known;
      shown = page.events;
      if (cursor === undefined) {
        newest = shown[0]?.number ?? 0;
        fresh.clear();
      } else {
        // Who comes by an address into the middle has seen no beginning.
        newest ??= (await get("/v1/activity", { limit: 1, ...wanted }, signal)).events[0]?.number ?? 0;
      }
      return { content: rows(), next: page.next_cursor };
    },
  });
  const fresh = news({
    kind: "activity",
    signal,
    count: async () => {
      const page = await get("/v1/activity", { limit: PAGE, ...wanted }, signal);
      const found = page.events.filter((/** @type {Happened} */ { number }) => number > (newest ?? 0)).length;
      return { count: found, isMore: found === PAGE && Boolean(page.next_cursor) };
    },
    show: () => list.newest(),
  });

  /** @param {string | undefined} cursor */
  function keep(cursor) {
    const said = new URLSearchParams(Object.entries({ ...wanted, of: wanted.of === "me" ? "me" : undefined, cursor }).filter(([, value]) => value).map(([name, value]) => [name, String(value)]));
    note(said);
  }

  function rows() {
    const isFiltered = Boolean(wanted.kind || wanted.tool || wanted.principal || wanted.only);
    return table({
      caption: "Activity, newest first",
      rows: shown,
      none: isFiltered ? "Nothing fits." : wanted.of === "everyone" ? empty("Nothing has happened yet.") : empty("You have changed nothing yet. Calls that can write are told here, with what they changed; calls that only read aren't."),
      columns: [
        { name: "What", show: what },
        ...(wanted.of === "everyone" ? [{ name: "Who", show: (/** @type {Happened} */ event) => who(event.principal) }] : []),
        { name: "When", show: (event) => whole(when(event.at)) },
        { name: "Way in", show: (event) => whole(SURFACES[event.surface] ?? event.surface) },
        { name: "Connection", show: (event) => connection(event.connection_id, names) },
        { name: "Took", kind: "number", show: (event) => (event.duration_ms === undefined ? h("span", { class: "quiet" }, "–") : whole(duration(event.duration_ms))) },
        { name: "Ended", show: (event) => outcomeBadge(event.outcome) },
      ],
    });
  }

  await list.show();
  return h("div", null,
    pageHead({ title: "Activity", lead: "Every call that can write, what it has written, and every change of tokens, grants, connections and plugins." }),
    filters({
      wanted,
      signal,
      seen: () => [...new Map(shown.map(({ principal }) => [principal.id, principal])).values()],
      changed: async (now) => {
        const before = wanted.of;
        wanted = now;
        if (now.of !== before) {
          naming = connectionNames(now.of === "everyone", signal);
        }
        fresh.clear();
        await list.first();
      },
    }),
    fresh.element, list.element);
}

/** What stays in one line. @param {import("../kit/element.js").Child} content */
const whole = (content) => h("span", { class: "whole" }, content);

/** @param {Happened} event */
function what(event) {
  const said = line(event);
  if (!event.call) {
    return foreign(said, { max: 200 });
  }
  const name = event.event === "effect" ? writtenOf(event) : event.about ?? "A call";
  return h("div", { class: "event" }, h("a", { href: address("activity", event.call) }, foreign(name, { max: 80 })), said ? h("span", { class: "quiet" }, foreign(said, { max: 160 })) : null);
}
