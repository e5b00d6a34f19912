// What runs: the host, its plugins and the servers behind it.

import { card, facts, section, when } from "../components/layout.js";
import { table } from "../components/table.js";
import { h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { counted } from "../kit/words.js";
import { named } from "./named.js";
import { latency, lastFailure, stateOf } from "./upstream_words.js";

/** Rows of a table of the overview. */
const MAX_SHOWN = 10;

/** @param {import("./shapes.js").Status} status */
export function running(status) {
  const { counts, plugins, upstreams, loading } = status;
  const away = upstreams.filter((one) => one.state === "away").length;
  const link = (/** @type {string} */ href, /** @type {string} */ text) => h("a", { href, "data-keep": `running ${href}` }, text);
  return h("div", { class: "stack" },
    loading ? loadingBar(loading) : null,
    card(facts([
      ["Version", named(status.version)],
      ["Runs since", when(status.since)],
      ["Address", status.address ? named(status.address) : null],
      ["Address for clients", named(status.public_url)],
      ["Database", { sqlite: "SQLite", postgresql: "PostgreSQL" }[status.database] ?? named(status.database)],
      ["Plugins", link("/console/plugins", `${plugins.live.toLocaleString("en")} live${plugins.refused ? `, ${plugins.refused.toLocaleString("en")} refused` : ""}`)],
      ["Tools", link("/console/tools", status.tools.toLocaleString("en"))],
      ["Connections", link("/console/connections", `${counts.connections.toLocaleString("en")}${counts.connections_to_renew ? `, ${counts.connections_to_renew.toLocaleString("en")} to be connected again` : ""}`)],
      ["Tokens in force", link("/console/tokens", counts.tokens.toLocaleString("en"))],
      ["Open jobs", link("/console/jobs", counts.open_jobs.toLocaleString("en"))],
      ["MCP servers", link("/console/upstreams", upstreams.length ? `${upstreams.length.toLocaleString("en")}${away ? `, ${away.toLocaleString("en")} away` : ""}` : "none")],
    ])));
}

/** @param {{read: number, all: number}} loading */
function loadingBar({ read, all }) {
  const text = `Plugins are being loaded: ${read.toLocaleString("en")} of ${counted(all, "file")} read. Their tools come one by one.`;
  return h("div", { class: "loading", role: "status" }, h("p", null, text), h("progress", { max: Math.max(1, all), value: read, "aria-label": "Plugins read" }));
}

/** @param {import("./shapes.js").Health[]} upstreams */
export function servers(upstreams) {
  return upstreams.length === 0 ? null : section("MCP servers", table({
    caption: "MCP servers",
    rows: upstreams.toSorted((one, other) => Number(other.state === "away") - Number(one.state === "away")).slice(0, MAX_SHOWN),
    columns: [
      { name: "Server", show: (one) => h("a", { href: address("upstreams", one.name) }, named(one.name)) },
      { name: "State", show: stateOf },
      { name: "Latency", kind: "number", show: latency },
      { name: "Last failure", show: (one) => lastFailure(one) ?? h("span", { class: "quiet" }, "none") },
    ],
  }), upstreams.length > MAX_SHOWN ? h("p", null, h("a", { href: "/console/upstreams" }, `See all ${upstreams.length.toLocaleString("en")}`)) : null);
}
