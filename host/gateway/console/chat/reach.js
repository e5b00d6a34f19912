// Which tools the model may use: all of the person's, those of a profile, or some by name. The address keeps the choice.

import { button } from "../components/button.js";
import { combobox } from "../components/combobox.js";
import { field, select } from "../components/field.js";
import { get } from "../kit/api.js";
import { foreign, h, replace } from "../kit/element.js";
import { note } from "../kit/router.js";
import { session } from "../kit/session.js";
import { counted } from "../kit/words.js";

/** Tools that a model is offered by a host that isn't told otherwise; the host refuses more than fit. */
const MAX_TOOLS = 40;

/** @typedef {{tools?: string[], profile?: string}} Reach what a request says of it */

/** What conversations of this tab were held with: an answer to a question has to say the same as its message did. @type {Map<string, string>} */
const known = new Map();

/** @param {URLSearchParams} query @param {AbortSignal} signal @param {string} [conversation] */
export function reachPicker(query, signal, conversation) {
  const kept = query.has("tools") || query.has("profile") ? query : new URLSearchParams(known.get(conversation ?? "") ?? "");
  const { profiles } = session();
  let profile = profiles.includes(kept.get("profile") ?? "") ? kept.get("profile") ?? "" : "";
  let tools = [...new Set((kept.get("tools") ?? "").split(",").filter((name) => /^[a-z][a-z0-9_]{0,47}$/.test(name)))].slice(0, MAX_TOOLS);
  let isChosen = kept.has("tools");

  const summary = h("summary");
  const choice = select([
    { value: "", label: "All that you may use" },
    ...profiles.map((name) => ({ value: `profile:${name}`, label: `The profile “${name}”` })),
    { value: "chosen", label: "Only these" },
  ], {
    value: isChosen ? "chosen" : profile ? `profile:${profile}` : "",
    on: { change: () => {
      isChosen = choice.value === "chosen";
      profile = choice.value.startsWith("profile:") ? choice.value.slice("profile:".length) : "";
      changed();
    } },
  });
  const chips = h("ul", { class: "chips", "aria-label": "Chosen tools" });
  const adding = combobox({
    label: "Add a tool",
    placeholder: "Add a tool: type its name",
    signal,
    find: async (text) => {
      const all = await names();
      const wanted = text.toLowerCase();
      return all.filter(({ name, title }) => !tools.includes(name) && `${name} ${title ?? ""}`.toLowerCase().includes(wanted))
        .map(({ name, title }) => ({ value: name, label: name, detail: title }));
    },
    onChange: (option) => {
      if (option && tools.length < MAX_TOOLS) {
        tools = [...tools, option.value];
        changed();
      }
      adding.set(null);
    },
  });
  const some = h("div", { class: "stack" }, chips, adding.element, h("p", { class: "quiet" }, `At most ${MAX_TOOLS}.`));
  const body = h("fieldset", { class: "reach" }, h("legend", { class: "unseen" }, "Tools that the model may use"), field({ label: "The model may use", control: choice }).element, some);
  const locked = h("p", { class: "quiet" });
  const element = h("details", { class: "reach-fold" }, summary, body, locked);

  /** The tools with their names, asked for once. @type {Promise<{name: string, title?: string}[]> | undefined} */
  let asked;
  function names() {
    asked ??= get("/v1/tools", {}, signal).then(({ tools: all }) => all).catch((error) => {
      asked = undefined;
      throw error;
    });
    return asked;
  }

  function said() {
    const query = new URLSearchParams();
    if (isChosen) {
      query.set("tools", tools.join(","));
    } else if (profile) {
      query.set("profile", profile);
    }
    return query;
  }

  function draw() {
    replace(summary, "Tools: ", isChosen ? counted(tools.length, "chosen one") : profile ? ["profile ", foreign(profile, { max: 60 })] : "all");
    some.hidden = !isChosen;
    replace(chips, tools.map((name) => h("li", null, h("code", null, name), button({ label: "Remove", describes: name, kind: "link", press: () => {
      tools = tools.filter((other) => other !== name);
      changed();
      adding.input.focus();
    } }))));
  }

  function changed() {
    note(said());
    draw();
  }

  draw();
  return {
    element,
    /** @returns {Reach} */
    get said() {
      return isChosen ? { tools } : profile ? { profile } : {};
    },
    /** The choice as the query of an address. */
    get query() {
      return said().toString();
    },
    /** Keeps the choice for a conversation, as long as the tab is open. @param {string} id */
    keep(id) {
      known.set(id, said().toString());
    },
    /** While a question is open, its answer has to be given with the tools of its message. @param {boolean} isLocked */
    lock(isLocked) {
      body.disabled = isLocked;
      replace(locked, isLocked ? "They can't be changed before the question is answered." : null);
    },
  };
}
