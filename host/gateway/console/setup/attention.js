// What somebody who administers has to look at, most pressing first.

import { icon } from "../components/icon.js";
import { foreign, h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { counted } from "../kit/words.js";
import { inWords, sentence, short } from "./named.js";
import { wantsMore } from "./plugin_words.js";

/** @typedef {{tone: "bad" | "warn", text: string, why?: string | null, fix?: string | null, href: string, label: string}} Item */

/** Items of one kind that are shown; the rest is told as their number. */
const MAX_OF_A_KIND = 4;

/**
 * @param {object} known
 * @param {import("./shapes.js").Status} known.status
 * @param {import("./shapes.js").Plugin[]} known.plugins
 * @param {import("./shapes.js").Upstream[]} known.upstreams
 * @param {import("./shapes.js").Connection[]} known.connections
 * @returns {Item[]}
 */
export function attention({ status, plugins, upstreams, connections }) {
  const ended = connections.filter((one) => one.broken_at);
  return [
    ...few(plugins.filter((one) => one.status === "refused"), "refused plugins", "/console/plugins", "bad", (one) => ({
      tone: "bad", text: `The plugin ${short(one.name)} is refused.`, why: one.reason, fix: one.fix, href: address("plugins", one.name), label: "See why",
    })),
    ...few(plugins.filter((one) => one.status !== "refused" && wantsMore(one)), "plugins that ask for more", "/console/plugins", "warn", (one) => ({
      tone: "warn", text: `The plugin ${short(one.name)} asks for more than it was granted: ${inWords(one.missing)}.`, href: address("plugins", one.name), label: "Grant or refuse",
    })),
    ...few(ended, "connections that ended", "/console/connections", "bad", (one) => ({
      tone: "bad", text: `${short(one.name)} has ended: calls that need it are refused.`, href: "/console/connections", label: "Connect again",
    })),
    ...few(upstreams.filter((one) => one.state === "away"), "servers that are away", "/console/upstreams", "bad", (one) => ({
      tone: "bad", text: `The MCP server ${short(one.name)} is away.`, why: one.last_failure, href: address("upstreams", one.name), label: "See the server",
    })),
    ...few(upstreams.filter((one) => one.changed), "servers that changed", "/console/upstreams", "warn", (one) => ({
      tone: "warn", text: `The MCP server ${short(one.name)} says something else of ${counted(one.changed, "tool")} than was accepted.`, href: address("upstreams", one.name), label: "Read what changed",
    })),
    ...(status.left_out ? [{ tone: /** @type {const} */ ("warn"), text: "Some tools are not published.", why: status.left_out, href: "/console/plugins", label: "See the plugins" }] : []),
  ];
}

/**
 * @template Of
 * @param {Of[]} all
 * @param {string} what
 * @param {string} href
 * @param {"bad" | "warn"} tone
 * @param {(one: Of) => Item} make
 * @returns {Item[]}
 */
function few(all, what, href, tone, make) {
  const left = all.length - MAX_OF_A_KIND;
  return [...all.slice(0, MAX_OF_A_KIND).map(make), ...(left > 0 ? [{ tone, text: `${left.toLocaleString("en")} more ${what}.`, href, label: "See all" }] : [])];
}

/** @param {Item[]} items */
export const attentionList = (items) => h("ul", { class: "attention" }, items.map(({ tone, text, why, fix, href, label }) => h("li", { class: tone },
  icon(tone === "bad" ? "error" : "warning"),
  h("div", null, h("p", null, text), why ? h("p", { class: "quiet" }, foreign(sentence(why), { max: 300 })) : null, fix ? h("p", { class: "quiet" }, foreign(sentence(fix), { max: 300 })) : null),
  h("a", { href, class: "button", "data-keep": `${href} ${text}` }, label))));
