// MCP servers whose tools are published here.

import { button } from "../components/button.js";
import { listing } from "../components/listing.js";
import { pageHead } from "../components/layout.js";
import { badge, empty } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { kept, watched } from "../components/watched.js";
import { get } from "../kit/api.js";
import { h } from "../kit/element.js";
import { address, go } from "../kit/router.js";
import { connect } from "../setup/connect.js";
import { named, short } from "../setup/named.js";
import { addServer } from "../setup/upstream_form.js";
import { lastFailure, latency, stateOf } from "../setup/upstream_words.js";

/** @typedef {import("../setup/shapes.js").Upstream} Upstream */

/** @type {import("../kit/router.js").Show} */
export async function show({ signal }) {
  const said = outcome();
  const add = () => button({ label: "Add a server", icon: "add", kind: "primary", press: async () => {
    const added = await addServer();
    if (added) {
      go(address("upstreams", added.name));
    }
  } });

  const list = listing({
    caption: "MCP servers",
    noun: "server",
    columns: [
      { name: "Server", show: (/** @type {Upstream} */ one) => [kept(h("a", { href: address("upstreams", one.name) }, named(one.name)), `server-${one.name}`), h("div", { class: "quiet" }, named(one.place))] },
      { name: "State", show: (one) => [stateOf(one), one.state === "away" && one.last_failure ? h("div", { class: "quiet" }, lastFailure(one)) : null] },
      { name: "Latency", kind: "number", show: latency },
      { name: "Tools", kind: "number", show: (one) => one.tools.toLocaleString("en") },
      { name: "Changed", show: (one) => (one.changed ? badge(`${one.changed.toLocaleString("en")} changed`, "busy") : h("span", { class: "quiet" }, "none")) },
      { name: "Actions", kind: "actions", show: (one) => (one.has_accounts ? h("div", { class: "actions" }, kept(button({ label: "Connect an account", describes: short(one.name), press: () => said.attempt(() => connect({ upstream: one.name })) }), `account-${one.name}`)) : null) },
    ],
    words: (one) => `${one.name} ${one.place} ${one.state}`,
    none: empty("No MCP server is behind this host. Tools of one that you add are published beside the others, under its name, and bounded and recorded as they are.", add()),
  });

  const servers = watched({
    load: async () => /** @type {Upstream[]} */ ((await get("/v1/administration/upstreams", undefined, signal)).upstreams),
    signal,
    on: ["upstreams", "catalog"],
    show: (all) => {
      list.set(all);
      return list.element;
    },
  });
  await servers.ready;

  return h("div", null,
    pageHead({ title: "MCP servers", lead: "Servers whose tools are published here beside this host's own. What a server says of a tool is kept as it was first seen; what it says otherwise later is for you to accept.", actions: add() }),
    said.element,
    servers.element);
}
