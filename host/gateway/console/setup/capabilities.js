// What a plugin asks for, in words, and the operator's answer to each.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { badge } from "../components/notice.js";
import { kept } from "../components/watched.js";
import { post, remove } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { short } from "./named.js";

/**
 * @param {object} options
 * @param {import("./shapes.js").Plugin} options.plugin
 * @param {Set<string>} options.fresh the names of those that the version before didn't ask for
 * @param {ReturnType<typeof import("../components/outcome.js").outcome>} options.said
 * @param {() => Promise<void>} options.again asks the host anew
 */
export function capabilityList({ plugin, fresh, said, again }) {
  const grants = `/v1/administration/plugins/${encodeURIComponent(plugin.name)}/grants`;
  const name = short(plugin.name);

  /** @param {import("./shapes.js").Asked} one */
  const grant = (one) => said.attempt(async () => {
    await post(grants, { capability: one.capability });
    said.done(`${name} may use ${one.capability} now.`, "Calls that need it work within a second.");
    await again();
  });

  /** @param {import("./shapes.js").Asked} one */
  async function revoke(one) {
    const isDone = await confirm({
      title: `Take ${one.capability} back from ${name}?`,
      text: `Calls of ${name} that need ${one.capability} are refused within a second, also those of jobs that are running.`,
      label: "Take back",
      act: () => remove(`${grants}/${encodeURIComponent(one.capability)}`),
    });
    if (isDone) {
      said.done(`${name} may not use ${one.capability} any more.`);
      await again();
    }
  }

  return h("ul", { class: "capabilities" }, plugin.asked.map((one) => h("li", { class: "card" },
    h("div", { class: "capability" },
      inWords(capital(one.in_words || one.capability)),
      h("p", { class: "quiet" }, h("code", null, one.capability), fresh.has(one.capability) ? [" ", badge("new in this version", "busy")] : null)),
    h("div", { class: "actions" },
      one.granted ? badge("granted", "good") : badge("not granted", "bad"),
      one.granted && one.from_configuration ? h("span", { class: "quiet" }, ["by the configuration: ", h("code", null, "[grants]"), " changes it"]) : null,
      one.granted && !one.from_configuration ? kept(button({ label: "Take back", describes: one.capability, press: () => revoke(one) }), `revoke-${one.capability}`) : null,
      one.granted ? null : kept(button({ label: "Grant", kind: "primary", describes: one.capability, press: () => grant(one) }), `grant-${one.capability}`)))));
}

/** Places that are named behind the sentence are a list, which is read more easily than a paragraph of them. @param {string} text */
function inWords(text) {
  const [, sentence, places = ""] = /^([^:]+): ((?:[A-Z]+ \/\S+, )+[A-Z]+ \/\S+)$/.exec(text) ?? [];
  return sentence
    ? [h("p", null, foreign(`${sentence}:`)), h("ul", { class: "places" }, places.split(", ").map((place) => h("li", null, h("code", null, foreign(place, { max: 200 })))))]
    : h("p", null, foreign(text));
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
