// The plugins of this host: what they provide, and what they ask for.

import { listing } from "../components/listing.js";
import { pageHead } from "../components/layout.js";
import { badge, empty } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { kept, watched } from "../components/watched.js";
import { get } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { installer } from "../setup/install.js";
import { named, sentence, short } from "../setup/named.js";
import { average, stateBadge, wantsMore } from "../setup/plugin_words.js";

/** @typedef {import("../setup/shapes.js").Plugin} Plugin */

/** @type {import("../kit/router.js").Show} */
export async function show({ signal }) {
  const said = outcome();
  const zone = installer({
    said,
    onInstalled: async ({ name, version }) => {
      said.done(
        [`${short(name)}${version ? ` ${short(version, 20)}` : ""} is in the folder. `, h("a", { href: address("plugins", name) }, "See what it asks for")],
        "Its tools are published as soon as it has been compiled.");
      await plugins.again();
    },
  });

  const list = listing({
    caption: "Plugins",
    noun: "plugin",
    columns: [
      { name: "Plugin", show: (plugin) => [kept(h("a", { href: address("plugins", plugin.name) }, named(plugin.name)), `plugin-${plugin.file}`), " ", h("span", { class: "quiet" }, plugin.version ? named(plugin.version) : null)] },
      { name: "State", show: (plugin) => [stateBadge(plugin), plugin.reason ? h("div", null, foreign(sentence(plugin.reason), { max: 200 })) : null, plugin.reason && plugin.fix ? h("div", { class: "quiet" }, foreign(sentence(plugin.fix), { max: 200 })) : null] },
      { name: "Asks for", show: (plugin) => asks(plugin) },
      { name: "Tools", kind: "number", show: (plugin) => plugin.tools.length.toLocaleString("en") },
      { name: "Calls", kind: "number", show: ({ calls }) => calls?.count.toLocaleString("en") ?? "" },
      { name: "Failures", kind: "number", show: ({ calls }) => calls?.failures.toLocaleString("en") ?? "" },
      { name: "Time", kind: "number", show: ({ calls }) => (calls ? average(calls) : "") },
    ],
    words: (/** @type {Plugin} */ plugin) => `${plugin.name} ${plugin.status} ${plugin.tools.join(" ")} ${plugin.asked.map((one) => one.capability).join(" ")}`,
    none: empty("There is no plugin. Drop one above, or put its file into the host's plugin folder: it is here at once."),
  });

  const plugins = watched({
    load: async () => /** @type {Plugin[]} */ ((await get("/v1/administration/plugins", undefined, signal)).plugins),
    signal,
    on: ["plugins", "catalog", "activity"],
    every: 3_000,
    show: (all) => {
      list.set(all.toSorted((one, other) => pressing(other) - pressing(one)));
      return list.element;
    },
  });
  await plugins.ready;

  return h("div", null,
    pageHead({ title: "Plugins", lead: "Sandboxed programs that provide tools. A file that is put into the host's plugin folder is here at once, and its tools are published without a restart." }),
    h("div", { class: "stack above" }, said.element, zone),
    plugins.element);
}

/** @param {Plugin} plugin */
function asks(plugin) {
  if (!plugin.asked.length) {
    return h("span", { class: "quiet" }, "nothing");
  }
  const granted = plugin.asked.filter((one) => one.granted).length;
  return [h("span", { class: "whole" }, `${granted} of ${plugin.asked.length} granted`), wantsMore(plugin) ? [" ", badge("asks for more", "busy")] : null];
}

/** Those that need somebody come first. @param {Plugin} plugin */
const pressing = (plugin) => (plugin.status === "refused" ? 2 : wantsMore(plugin) ? 1 : 0);
