// What of the activity is shown. The address has it.

import { combobox } from "../components/combobox.js";
import { checkbox, field } from "../components/field.js";
import { get } from "../kit/api.js";
import { h } from "../kit/element.js";
import { session } from "../kit/session.js";
import { KINDS } from "./words.js";

/** @typedef {{of?: "everyone" | "me", kind?: string, tool?: string, principal?: string, only?: string}} Wanted */

/**
 * Whose is shown: everybody's to who administers, unless the address says otherwise, as the overview has it. Others see their own.
 *
 * @param {URLSearchParams} query
 * @returns {"everyone" | "me" | undefined}
 */
export const whose = (query) => (session().administers ? (query.get("of") === "me" ? "me" : "everyone") : undefined);

/** @param {URLSearchParams} query @returns {Wanted} */
export function wantedOf(query) {
  const kinds = KINDS.flatMap(({ kinds: some }) => some.map(({ value }) => value));
  const kind = query.get("kind") ?? "";
  const of = whose(query);
  return {
    of,
    kind: kinds.includes(kind) ? kind : undefined,
    tool: query.get("tool") || undefined,
    principal: (of === "everyone" && query.get("principal")) || undefined,
    only: query.get("only") === "failed" ? "failed" : undefined,
  };
}

/**
 * @param {object} options
 * @param {Wanted} options.wanted
 * @param {(wanted: Wanted) => void} options.changed
 * @param {() => {id: string, name: string}[]} options.seen the principals that are on the page
 * @param {AbortSignal} options.signal
 */
export function filters({ wanted, changed, seen, signal }) {
  let now = { ...wanted };
  /** @param {Wanted} change */
  const set = (change) => {
    now = { ...now, ...change };
    changed(now);
  };

  /** @type {Promise<string[]> | undefined} */
  let tools;
  /** The names of the tools, asked for when somebody wants one. */
  function toolNames() {
    tools ??= get("/v1/tools", {}, signal).then((answer) => answer.tools.map((/** @type {{name: string}} */ { name }) => name)).catch(() => {
      tools = undefined;
      return [];
    });
    return tools;
  }

  const kind = h("select", { value: "", on: { change: () => set({ kind: kind.value || undefined }) } },
    h("option", { value: "" }, "Everything"),
    KINDS.map(({ group, kinds }) => h("optgroup", { label: group }, kinds.map(({ value, label }) => h("option", { value }, label)))));
  kind.value = now.kind ?? "";

  const tool = combobox({
    label: "Tool",
    placeholder: "Any tool",
    signal,
    free: true,
    chosen: now.tool ? { value: now.tool, label: now.tool } : null,
    find: async (text) => [{ value: "", label: "Any tool" }, ...(await toolNames()).filter((name) => name.includes(text.toLowerCase())).map((name) => ({ value: name, label: name }))],
    onChange: (option) => {
      if (!option?.value) {
        tool.set(null);
      }
      set({ tool: option?.value || undefined });
    },
  });

  const principal = combobox({
    label: "Who",
    placeholder: "Anybody",
    signal,
    chosen: now.principal ? { value: now.principal, label: seen().find(({ id }) => id === now.principal)?.name ?? now.principal } : null,
    find: async (text) => [{ value: "", label: "Anybody" }, ...(await principals(seen(), signal)).filter(({ id, name }) => `${name} ${id}`.toLowerCase().includes(text.toLowerCase()))
      .map(({ id, name }) => ({ value: id, label: name, detail: id.slice(0, 8) }))],
    onChange: (option) => {
      if (!option?.value) {
        principal.set(null);
      }
      set({ principal: option?.value || undefined });
    },
  });
  if (now.principal && principal.input.value === now.principal) {
    // Whoever is named by the address alone gets their name when it is known.
    principals(seen(), signal).then((all) => {
      const found = all.find(({ id }) => id === now.principal);
      if (found && document.activeElement !== principal.input) {
        principal.set({ value: found.id, label: found.name });
      }
    });
  }
  const who = field({ label: "Who", control: principal.element });
  who.element.hidden = now.of !== "everyone";

  const failed = checkbox("Only what failed", { checked: now.only === "failed", on: { change: () => set({ only: failed.box.checked ? "failed" : undefined }) } });
  const everyone = checkbox("Of everyone", { checked: now.of === "everyone", on: { change: () => {
    who.element.hidden = !everyone.box.checked;
    principal.set(null);
    set({ of: everyone.box.checked ? "everyone" : "me", principal: undefined });
  } } });

  return h("form", { class: "filters", role: "search", "aria-label": "Filter the activity", on: { submit: (event) => event.preventDefault() } },
    h("div", { class: "row" }, field({ label: "Show", control: kind }).element, field({ label: "Tool", control: tool.element }).element, who.element),
    h("div", { class: "actions" }, session().administers ? everyone.element : null, failed.element));
}

/** Those on the page, and the tokens. @param {{id: string, name: string}[]} seen @param {AbortSignal} signal */
async function principals(seen, signal) {
  const all = new Map(seen.map((one) => [one.id, one]));
  try {
    const answer = await get("/v1/administration/tokens", {}, signal);
    answer.tokens.forEach((/** @type {{id: string, name: string}} */ { id, name }) => all.set(id, { id, name }));
  } catch {
    // Those on the page are there all the same.
  }
  return [...all.values()];
}
