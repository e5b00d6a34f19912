// All tools that the person may use, by who provides them.

import { button } from "../components/button.js";
import { pageHead } from "../components/layout.js";
import { accessBadge, empty } from "../components/notice.js";
import { plain } from "../form/plain.js";
import { catalog } from "../kit/catalog.js";
import { foreign, freshId, h, replace } from "../kit/element.js";
import { onChange } from "../kit/live.js";
import { address, note } from "../kit/router.js";
import { ACCESS, counted } from "../kit/words.js";

/** @typedef {import("../kit/catalog.js").Tool} Tool */
/** @typedef {{tool: Tool, text: string}} Known a tool with the text that is searched */

/** Tools that are shown at once, and by each press more. */
const STEP = 100;

/** Longest text of a tool that is searched, in characters. */
const MAX_SEARCHED = 2_000;

/** @type {import("../kit/router.js").Show} */
export async function show({ query, signal }) {
  let known = searchable(await catalog());
  let shown = STEP;
  const ids = { search: freshId("search"), access: freshId("access"), provider: freshId("provider") };
  const search = h("input", { type: "search", id: ids.search, autocomplete: "off", spellcheck: "false", placeholder: "Name or what it does", value: query.get("q") ?? "" });
  const access = h("select", { id: ids.access }, h("option", { value: "" }, "Any access"), Object.entries(ACCESS).map(([value, words]) => h("option", { value }, words)));
  access.value = query.get("access") ?? "";
  const provider = h("select", { id: ids.provider });
  const said = h("p", { class: "quiet", role: "status" });
  const list = h("div", { class: "stack tool-groups" });
  const more = button({ label: "Show more", press: () => {
    const first = shown;
    shown += STEP;
    fill();
    // The focus goes to the first of those that were added.
    /** @type {HTMLElement | undefined} */ (list.querySelectorAll("a.tool-name")[first])?.focus();
  } });

  function fillProviders() {
    const chosen = provider.value || (query.get("provider") ?? "");
    const names = [...new Set(known.map(({ tool }) => tool.provider))].sort();
    replace(provider, h("option", { value: "" }, "Any provider"), names.slice(0, 500).map((name) => h("option", { value: name }, plain(name, 60))));
    provider.value = names.includes(chosen) ? chosen : "";
  }

  function fitting() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return known.filter(({ tool, text }) => (!access.value || tool.effect === access.value) && (!provider.value || tool.provider === provider.value) && words.every((word) => text.includes(word)));
  }

  function fill() {
    const fits = fitting();
    const some = fits.slice(0, shown);
    replace(list, some.length ? grouped(some, fits) : empty(known.length ? "No tool fits." : "There are no tools for you yet. They come with plugins and MCP servers."));
    more.hidden = fits.length <= shown;
    said.textContent = `${fits.length === known.length ? counted(known.length, "tool") : `${fits.length.toLocaleString("en")} of ${counted(known.length, "tool")}`}${fits.length > shown ? `, the first ${shown} are shown` : ""}`;
  }

  function changed() {
    shown = STEP;
    fill();
    const state = new URLSearchParams(Object.entries({ q: search.value.trim(), access: access.value, provider: provider.value }).filter(([, value]) => value));
    note(state);
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  search.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => signal.aborted || changed(), 120);
  });
  access.addEventListener("change", changed);
  provider.addEventListener("change", changed);
  onChange("catalog", async () => {
    known = searchable(await catalog());
    fillProviders();
    fill();
  }, signal, { every: 2_000 });
  fillProviders();
  fill();
  return h("div", null,
    pageHead({ title: "Tools", lead: "Everything that can be done here, by hand or by a model. Each tool has a form." }),
    h("search", { class: "tool-filters" },
      h("div", { class: "field" }, h("label", { for: ids.search }, "Search"), search),
      h("div", { class: "field" }, h("label", { for: ids.access }, "Access"), access),
      h("div", { class: "field" }, h("label", { for: ids.provider }, "Provider"), provider)),
    said, list, h("div", { class: "pager" }, more));
}

/** @param {Map<string, Tool>} tools @returns {Known[]} by provider and name */
function searchable(tools) {
  return [...tools.values()]
    .sort((one, other) => one.provider.localeCompare(other.provider) || one.name.localeCompare(other.name))
    .map((tool) => ({ tool, text: `${tool.name} ${tool.title ?? ""} ${tool.provider} ${tool.description ?? ""}`.slice(0, MAX_SEARCHED).toLowerCase() }));
}

/** @param {Known[]} tools */
function byProvider(tools) {
  /** @type {Map<string, Known[]>} */
  const groups = new Map();
  for (const one of tools) {
    const group = groups.get(one.tool.provider) ?? [];
    group.push(one);
    groups.set(one.tool.provider, group);
  }
  return groups;
}

/** @param {Known[]} some @param {Known[]} fits */
function grouped(some, fits) {
  const counts = byProvider(fits);
  return [...byProvider(some)].map(([provider, tools]) => h("section", { class: "stack tight" },
    h("h2", null, foreign(plain(provider, 80)), h("span", { class: "quiet" }, ` ${(counts.get(provider)?.length ?? 0).toLocaleString("en")}`)),
    h("ul", { class: "tool-list" }, tools.map(({ tool }) => item(tool)))));
}

/** @param {Tool} tool */
function item(tool) {
  const [first = ""] = plain(tool.description, 240).split(/(?<=[.!?])\s/);
  return h("li", null,
    h("div", { class: "tool-head" }, h("a", { class: "tool-name", href: address("tools", tool.name) }, foreign(plain(tool.title || tool.name, 80))), accessBadge(tool.effect), h("code", { class: "quiet" }, foreign(plain(tool.name, 60)))),
    first ? h("p", { class: "quiet" }, foreign(first.replaceAll("`", ""))) : null);
}
