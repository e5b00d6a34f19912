// The workspaces that tools can work in, and accounts at MCP servers.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { pageHead, section, when } from "../components/layout.js";
import { badge, empty, notice } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { listing } from "../components/listing.js";
import { kept, watched } from "../components/watched.js";
import { freshKey } from "../kit/api.js";
import { h } from "../kit/element.js";
import { session } from "../kit/session.js";
import { addIntegration } from "../setup/add_connection.js";
import { connect, tellOutcome } from "../setup/connect.js";
import { connectionsOf, isAccount, isOfEnvironment, removeConnection, serversWithAccounts } from "../setup/connections.js";
import { inWords, named, short } from "../setup/named.js";

/** @typedef {import("../setup/shapes.js").Connection} Connection */

/** @type {import("../kit/router.js").Show} */
export async function show({ query, signal }) {
  const { administers, strongest } = session();
  const said = outcome();

  const begin = (/** @type {string | undefined} */ upstream) => said.attempt(() => connect({ upstream }));
  const connectButton = () => button({ label: "Connect a workspace", icon: "add", kind: "primary", press: () => begin(undefined) });
  const addButton = () => administers && button({ label: "Add an integration's token", press: async () => {
    const added = await addIntegration();
    if (added) {
      said.done(`${short(added.workspace_name ?? added.name)} is connected.`, "Tools can work there now.");
      await list.again();
    }
  } });

  /** @param {Connection} connection */
  async function remove(connection) {
    // The same key for every attempt: a removal whose answer was lost isn't done twice.
    const key = freshKey();
    const name = short(connection.name);
    const isDone = await confirm({
      title: `Remove ${name}?`,
      text: `Whoever works through ${name} can't from now on: tools, tokens, programs and jobs that use it are refused, and what plugins kept for it is deleted. Nothing ${isAccount(connection) ? "at the server" : "in Notion"} is changed. To use it again, somebody has to connect it again.`,
      label: "Remove",
      act: () => removeConnection(connection.id, key),
    });
    if (isDone) {
      said.done(`${name} is removed.`);
    }
    // Also when the person has left it: an attempt whose answer was lost may have been carried out.
    await list.again();
  }

  /** @param {Connection} connection */
  const actions = (connection) => h("div", { class: "actions" },
    connection.broken_at ? kept(button({ label: "Connect again", kind: "primary", describes: short(connection.name), press: () => begin(isAccount(connection) ? connection.system : undefined) }), `again-${connection.id}`) : null,
    strongest === "destroys" && !isOfEnvironment(connection) ? kept(button({ label: "Remove", describes: short(connection.name), press: () => remove(connection) }), `remove-${connection.id}`) : null);

  const columns = /** @type {import("../components/table.js").Column<Connection>[]} */ ([
    { name: "Name", show: (one) => [named(one.name), one.workspace_name && one.workspace_name !== one.name ? h("div", { class: "quiet" }, named(one.workspace_name)) : null] },
    { name: "State", show: (one) => (one.broken_at ? h("span", null, badge("ended", "bad"), " ", when(one.broken_at)) : badge("connected", "good")) },
    { name: "How", show: (one) => how(one) },
    { name: "Since", show: (one) => (one.created_at ? when(one.created_at) : "") },
    { name: "Actions", kind: "actions", show: actions },
  ]);
  const words = (/** @type {Connection} */ one) => `${one.name} ${one.workspace_name ?? ""} ${one.system ?? ""}`;
  const workspaces = listing({
    caption: "Workspaces",
    noun: "workspace",
    columns,
    words,
    none: empty("No workspace is connected yet. Tools need one to work in: connect it at Notion's page, where you choose the pages that may be used.", connectButton(), addButton()),
  });
  const accounts = listing({
    caption: "Accounts at MCP servers",
    noun: "account",
    columns: [columns[0], { name: "Server", show: (/** @type {Connection} */ one) => named(one.system) }, ...columns.slice(1)].flatMap((column) => column ?? []),
    words,
    none: empty("No account is connected yet. A server with accounts is used with the account of whoever calls."),
  });

  const list = watched({
    load: async () => {
      const [connections, servers] = await Promise.all([connectionsOf(signal), serversWithAccounts(signal)]);
      return { connections, servers };
    },
    signal,
    // Whatever connects, renews or ends one is an event.
    on: ["activity", "upstreams"],
    every: 5_000,
    show: ({ connections, servers }) => {
      const own = connections.filter((one) => !isAccount(one));
      const others = connections.filter(isAccount);
      workspaces.set(own);
      accounts.set(others);
      const ended = connections.filter((one) => one.broken_at);
      return h("div", null,
        ended.length ? notice("warning", `${inWords(ended.map((one) => one.name))} ${ended.length === 1 ? "has" : "have"} ended: calls that need ${ended.length === 1 ? "it" : "them"} are refused.`, "“Connect again” restores the same connection, with what refers to it.") : null,
        section("Workspaces", workspaces.element),
        others.length || servers.length ? section("Accounts at MCP servers", accounts.element, servers.length ? h("div", { class: "actions" },
          servers.slice(0, 20).map((server) => kept(button({ label: `Connect an account at ${short(server, 20)}`, icon: "add", press: () => begin(server) }), `account-${server}`))) : null) : null);
    },
  });
  await list.ready;
  const connections = query.has("connected") ? await connectionsOf(signal) : [];
  // Said once the page is there, which takes the focus first.
  setTimeout(() => tellOutcome(query, connections, said));

  return h("div", null,
    pageHead({
      title: "Connections",
      lead: administers ? "The workspaces and accounts that people have connected to this host. Who may use which is a matter of tokens and of who connected it." : "The workspaces that you have connected, and your accounts at MCP servers. Nobody else sees them.",
      actions: [addButton(), connectButton()],
    }),
    said.element,
    list.element);
}

/** @param {Connection} connection */
function how(connection) {
  if (isOfEnvironment(connection)) {
    return "The host's environment (NOTION_TOKEN)";
  }
  return { token: "An integration's token", oauth: "A person agreed" }[connection.kind ?? "oauth"] ?? "";
}
