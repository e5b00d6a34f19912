// One plugin: what it asks for, what it may do, and how its calls went.

import { button, copyable } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { facts, pageHead, section, when } from "../components/layout.js";
import { listing } from "../components/listing.js";
import { badge, empty, notice } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { watched } from "../components/watched.js";
import { get, remove } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { address, go } from "../kit/router.js";
import { counted, duration } from "../kit/words.js";
import { capabilityList } from "../setup/capabilities.js";
import { named, sentence, short } from "../setup/named.js";
import { average, limitFacts, ofName, stateBadge, wantsMore } from "../setup/plugin_words.js";
import { changes, versionChanges } from "../setup/versions.js";

/** @typedef {import("../setup/shapes.js").Plugin} Plugin */

const BACK = { href: "/console/plugins", label: "Plugins" };

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, signal, setTitle }) {
  const name = parameters.plugin ?? "";
  const said = outcome();
  setTitle(short(name));

  /** @param {Plugin} plugin */
  async function takeOut(plugin) {
    const isDone = await confirm({
      title: `Remove ${short(name)}?`,
      text: `${counted(plugin.tools.length, "tool")} of it ${plugin.tools.length === 1 ? "is" : "are"} published no more, and its file ${short(plugin.file)} is deleted from the host's plugin folder. What it was granted stays on record for a plugin of the same name. Jobs that run with it go on.`,
      label: "Remove",
      act: () => remove(`/v1/administration/plugins/${encodeURIComponent(name)}`),
    });
    if (isDone) {
      go(BACK.href);
    }
  }

  const tools = listing({
    caption: "Tools of this plugin",
    noun: "tool",
    columns: [{ name: "Tool", show: (tool) => h("a", { href: address("tools", tool) }, named(tool)) }],
    words: (/** @type {string} */ tool) => tool,
    none: empty("None of its tools is published."),
  });

  /** What is known of a plugin whose file could be read. @param {Plugin} own */
  const read = (own) => [
    section("What it asks for", own.asked.length
      ? [h("p", { class: "quiet" }, "It can do what it asks for and was granted, and nothing else. Whatever isn't granted is refused, with a sentence that says so."), capabilityList({ plugin: own, fresh: freshOf(own), said, again: plugin.again })]
      : h("p", null, "Nothing. It works on what it is given, and reaches nothing outside.")),
    section("Since the version before", versionChanges(own)),
    section("Calls since the host began", callFacts(own)),
    own.limits ? section("Limits of each call", facts(limitFacts(own.limits))) : null,
    section(`Tools (${own.tools.length.toLocaleString("en")})`, tools.element),
  ];

  /** @type {{element: HTMLElement, ready: Promise<void>, again: () => Promise<void>}} */
  const plugin = watched({
    load: async () => ofName((await get("/v1/administration/plugins", undefined, signal)).plugins, name),
    signal,
    on: ["plugins", "catalog", "activity"],
    every: 3_000,
    show: ([own, ...others]) => {
      if (!own) {
        return empty("There is no plugin of this name. Perhaps it was removed, or its file has another name.", h("a", { class: "button", href: BACK.href }, "See all plugins"));
      }
      tools.set(own.tools);
      return h("div", null,
        states(own, others),
        own.version === null ? null : read(own),
        section("File",
          facts([["Name", named(own.file)], ["From", own.from === "bundled" ? "It comes with the program" : "The host's plugin folder"]]),
          own.digest ? h("div", { class: "stack tight" }, h("h3", null, "SHA-256"), copyable(own.digest, { label: "digest" })) : null,
          own.from === "folder" ? h("div", { class: "actions" }, button({ label: "Remove plugin", press: () => takeOut(own) })) : null));
    },
  });
  await plugin.ready;

  return h("div", null, pageHead({ title: foreign(name || "Plugin", { max: 120 }), back: BACK }), said.element, plugin.element);
}

/** @param {Plugin} own @param {Plugin[]} others */
function states(own, others) {
  const reason = own.reason ? foreign(sentence(own.reason)) : null;
  return h("div", { class: "stack" },
    h("p", null, own.version ? ["Version ", named(own.version), " "] : null, stateBadge(own), wantsMore(own) ? [" ", badge("asks for more", "busy")] : null),
    own.status === "refused" ? notice("error", reason ?? "It is refused.", own.fix ? foreign(sentence(own.fix)) : null)
      : own.status === "idle" ? notice("info", reason ?? "None of its tools is published, since what they are for isn't configured.", own.fix ? foreign(sentence(own.fix)) : null)
        : reason ? notice("warning", reason, own.fix ? foreign(sentence(own.fix)) : null) : null,
    others.map((other) => notice("warning", ["The file ", named(other.file), " claims the same name."], other.reason ? foreign(sentence(other.reason)) : null)));
}

/** @param {Plugin} plugin */
function callFacts({ calls }) {
  return calls?.count
    ? facts([
      ["Calls", calls.count.toLocaleString("en")],
      ["Refused", calls.refused.toLocaleString("en")],
      ["Failures", `${calls.failures.toLocaleString("en")} (${((calls.failures / calls.count) * 100).toFixed(1)} %)`],
      ["Time on average", average(calls)],
      ["Longest", duration(calls.max_ms)],
      ["Last one", when(calls.last_at)],
    ])
    : h("p", { class: "quiet" }, "None yet.");
}

/** The capabilities that the version before didn't ask for. @param {Plugin} plugin */
const freshOf = ({ before, asked }) => new Set(before ? changes(before.asked, asked.map((one) => one.capability)).come : []);
