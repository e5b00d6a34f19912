// What a plugin's version has otherwise than the one before.

import { facts } from "../components/layout.js";
import { badge } from "../components/notice.js";
import { h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { named } from "./named.js";

/** Names of one kind that are shown. */
const MAX_SHOWN = 100;

/** What has come and gone. @param {string[]} before @param {string[]} now */
export function changes(before, now) {
  const [had, has] = [new Set(before), new Set(now)];
  return { come: now.filter((name) => !had.has(name)), gone: before.filter((name) => !has.has(name)) };
}

/** @param {import("./shapes.js").Plugin} plugin */
export function versionChanges({ before, version, asked, tools }) {
  if (!before) {
    return h("p", { class: "quiet" }, "This host has seen no other version of it.");
  }
  const capabilities = changes(before.asked, asked.map((one) => one.capability));
  const provided = changes(before.tools, tools);
  const isSame = [capabilities, provided].every(({ come, gone }) => come.length + gone.length === 0);
  const tool = (/** @type {string} */ name) => h("a", { href: address("tools", name) }, named(name));
  return h("div", { class: "stack" },
    facts([["Version before", before.version ? named(before.version) : "unknown"], ["This version", version ? named(version) : "unknown"]]),
    isSame ? h("p", null, "It asks for the same, and has the same tools.") : [
      changed("Asks for, in addition", capabilities.come, "added", "busy"),
      changed("Asks no longer for", capabilities.gone, "gone", "good"),
      changed("New tools", provided.come, "added", "busy", tool),
      changed("Tools that have gone", provided.gone, "gone", "bad"),
    ]);
}

/**
 * @param {string} title
 * @param {string[]} names
 * @param {string} word
 * @param {"busy" | "good" | "bad"} tone
 * @param {(name: string) => import("../kit/element.js").Child} [show]
 */
function changed(title, names, word, tone, show = (name) => h("code", null, named(name))) {
  if (!names.length) {
    return null;
  }
  const left = names.length - MAX_SHOWN;
  return h("div", null, h("h3", null, title), h("ul", { class: "plain" },
    names.slice(0, MAX_SHOWN).map((name) => h("li", null, badge(word, tone), " ", show(name))),
    left > 0 ? h("li", { class: "quiet" }, `and ${left.toLocaleString("en")} more`) : null));
}
