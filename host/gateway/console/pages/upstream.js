// One MCP server: how it is, what its tools are, and what it says of them otherwise than was accepted.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { facts, pageHead, section } from "../components/layout.js";
import { listing } from "../components/listing.js";
import { badge, empty, notice } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { kept, watched } from "../components/watched.js";
import { get, post, remove } from "../kit/api.js";
import { foreign, h, replace } from "../kit/element.js";
import { address, go } from "../kit/router.js";
import { counted } from "../kit/words.js";
import { changedTools } from "../setup/changed_tools.js";
import { connect } from "../setup/connect.js";
import { inWords, named, short } from "../setup/named.js";
import { lastFailure, latency, stateOf } from "../setup/upstream_words.js";

/** @typedef {import("../setup/shapes.js").UpstreamDetails} Details */
/** @typedef {import("../setup/shapes.js").UpstreamTool} UpstreamTool */

const BACK = { href: "/console/upstreams", label: "MCP servers" };

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, signal, setTitle }) {
  const name = parameters.upstream ?? "";
  const own = `/v1/administration/upstreams/${encodeURIComponent(name)}`;
  const said = outcome();
  setTitle(short(name));

  const tools = listing({
    caption: "Tools of this server",
    noun: "tool",
    columns: [
      { name: "Tool", show: (/** @type {UpstreamTool} */ tool) => named(tool.name) },
      { name: "Published as", show: (tool) => (tool.published ? h("a", { href: address("tools", tool.published) }, h("code", null, named(tool.published))) : h("span", { class: "quiet" }, "not published")) },
      { name: "State", show: (tool) => badge({ accepted: "accepted", changed: "changed", gone: "gone" }[tool.state] ?? tool.state, /** @type {any} */ ({ accepted: "good", changed: "busy", gone: "bad" }[tool.state] ?? "quiet")) },
      { name: "Description", show: (tool) => (tool.description ? foreign(tool.description, { max: 200 }) : "") },
    ],
    words: (tool) => `${tool.name} ${tool.published ?? ""} ${tool.state} ${tool.description ?? ""}`,
    none: empty("It has not listed its tools yet. Where it is away, the reason is above; where people have accounts, connect one first."),
  });

  /** What the differences are of that are shown; others are shown only on demand, so that nothing is accepted unread. @type {string | null} */
  let read = null;

  /** Whether something of them was accepted, so that the rest is shown anew without being asked for. */
  let isOver = false;

  /** @param {string | undefined} tool */
  const accept = (tool) => said.attempt(async () => {
    const { accepted } = await post(`${own}/accept`, { digest: read, ...(tool === undefined ? {} : { tool }) });
    said.done(accepted.length ? `Accepted: ${inWords(accepted)}.` : "Nothing had changed.", "Models read it from now on.");
    isOver = true;
    await server.again();
  });

  /** Whether it is being taken away: it isn't asked for meanwhile, though the host tells that something has changed. */
  let isGoing = false;
  /** @type {Details | undefined} */
  let known;

  async function takeAway() {
    isGoing = true;
    try {
      await remove(own);
    } catch (error) {
      isGoing = false;
      throw error;
    }
  }

  async function removeServer() {
    const isDone = await confirm({
      title: `Remove ${short(name)}?`,
      text: `Its tools are published no more: calls of them are refused, also those of jobs. It is taken out of the configuration file. What was accepted of its tools stays on record, for a server of the same name. Nothing at the server is changed.`,
      label: "Remove",
      act: takeAway,
    });
    if (isDone) {
      go(BACK.href);
    }
  }

  const differences = h("div");
  const server = watched({
    load: async () => {
      known = isGoing && known ? known : /** @type {Details} */ (await get(own, undefined, signal));
      return known;
    },
    signal,
    on: ["upstreams", "catalog"],
    show: (details) => {
      const changed = details.tools.filter((tool) => tool.state === "changed");
      tools.set(details.tools);
      offer(changed, details.digest);
      return h("div", null,
        details.state === "away" ? notice("warning", ["It is away. ", lastFailure(details) ?? "It doesn't answer."], "It is tried again by itself. Until then calls of its tools are refused, with nothing done.") : null,
        h("div", { class: "card" }, facts([
          ["State", stateOf(details)],
          ["Address", named(details.place)],
          ["Transport", named(details.transport)],
          ["Latency", latency(details) ? `${latency(details)} (half of the last ${details.calls ?? 0} calls)` : "no calls yet"],
          ["Last failure", lastFailure(details) ?? "none"],
          ["Tools", [counted(details.tools.length, "tool"), details.gone ? `, ${details.gone.toLocaleString("en")} gone` : ""]],
        ]),
        h("div", { class: "actions" },
          details.has_accounts ? kept(button({ label: "Connect an account", kind: "primary", press: () => said.attempt(() => connect({ upstream: name })) }), "connect") : null,
          kept(button({ label: "Remove server", press: removeServer }), "remove"))),
        differences,
        section(`Tools (${details.tools.length.toLocaleString("en")})`, tools.element));
    },
  });

  /** @param {UpstreamTool[]} changed @param {string | null} digest */
  function offer(changed, digest) {
    const put = () => {
      read = digest;
      isOver = false;
      replace(differences, changed.length ? section(`Changed definitions (${changed.length.toLocaleString("en")})`, changedTools({ tools: changed, accept })) : null);
    };
    if (read === digest && !isOver) {
      return;
    }
    if (read === null || isOver || !changed.length) {
      put();
      return;
    }
    differences.querySelector(".again")?.remove();
    const again = h("div", { class: "again stack" }, notice("warning", "By now something else has changed than what is shown here.", "Nothing can be accepted before it is shown."),
      h("div", { class: "actions" }, button({ label: "Show what it says now", press: () => {
        put();
        differences.querySelector("summary")?.focus();
      } })));
    differences.prepend(again);
  }

  await server.ready;
  return h("div", null, pageHead({ title: foreign(name || "MCP server", { max: 120 }), back: BACK }), said.element, server.element);
}
