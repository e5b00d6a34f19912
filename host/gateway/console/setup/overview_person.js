// The overview of a person: their workspaces, what they can do, what they have done.

import { button } from "../components/button.js";
import { pageHead, section } from "../components/layout.js";
import { icon } from "../components/icon.js";
import { badge, empty } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { kept, watched } from "../components/watched.js";
import { h } from "../kit/element.js";
import { session } from "../kit/session.js";
import { connect } from "./connect.js";
import { connectionsOf, isAccount } from "./connections.js";
import { named } from "./named.js";
import { recent } from "./recent.js";

/** Workspaces that are shown. */
const MAX_SHOWN = 12;

/** @param {AbortSignal} signal */
export async function personOverview(signal) {
  const said = outcome();
  const connectButton = () => kept(button({ label: "Connect a workspace", icon: "add", kind: "primary", press: () => said.attempt(() => connect()) }), "connect");
  const workspaces = watched({
    load: () => connectionsOf(signal),
    signal,
    on: ["activity"],
    every: 5_000,
    show: (connections) => {
      const own = connections.filter((one) => !isAccount(one));
      return own.length === 0
        ? empty("You have connected no workspace yet. Notion asks you which pages this host may use; nobody else sees them here.", connectButton())
        : h("div", { class: "stack" },
          h("ul", { class: "cards plain" }, own.slice(0, MAX_SHOWN).map((one) => h("li", { class: "card" },
            h("p", null, h("strong", null, named(one.workspace_name ?? one.name)), " ", one.broken_at ? badge("ended", "bad") : null),
            one.workspace_name && one.workspace_name !== one.name ? h("p", { class: "quiet" }, named(one.name)) : null,
            one.broken_at ? h("p", null, h("a", { href: "/console/connections" }, "Connect it again")) : null))),
          h("p", null, h("a", { href: "/console/connections" }, own.length > MAX_SHOWN ? `See all ${own.length}, or connect another` : "Connect another, or remove one")));
    },
  });
  await workspaces.ready;
  const { strongest, chat } = session();
  const ways = /** @type {{href: string, picture: import("../components/icon.js").IconName, title: string, text: string, isTheirs: boolean}[]} */ ([
    { href: "/console/databases", picture: "databases", title: "Databases", text: "Find one by its name, look at its rows, add and edit them.", isTheirs: true },
    { href: "/console/write", picture: "file", title: "Write a page", text: "In markdown, with a preview.", isTheirs: strongest !== "reads" },
    { href: "/console/tools", picture: "tools", title: "Tools", text: "Everything that can be done here, by a form.", isTheirs: true },
    { href: "/console/chat", picture: "chat", title: "Chat", text: "Ask for it in words. You are asked before something is destroyed.", isTheirs: chat },
    { href: "/console/account", picture: "account", title: "Account", text: "Programs that act for you, and the addresses for ChatGPT and Claude.", isTheirs: true },
  ]);
  return h("div", null,
    pageHead({ title: "Overview", lead: "Your workspaces, and what you can do in them." }),
    said.element,
    section("Your workspaces", workspaces.element),
    section("What you can do", h("ul", { class: "cards plain" }, ways.filter((way) => way.isTheirs).map(({ href, picture, title, text }) => h("li", { class: "card way" },
      h("h3", null, icon(picture), h("a", { href }, title)), h("p", { class: "quiet" }, text))))),
    recent({ everyone: false, signal }));
}
