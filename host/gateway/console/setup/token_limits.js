// How far a token reaches: which tools, which workspaces and parts of them, how often, how long.

import { choices } from "../components/choices.js";
import { checkbox, field, select, textInput } from "../components/field.js";
import { radios } from "../components/radios.js";
import { h } from "../kit/element.js";
import { session } from "../kit/session.js";

/** @typedef {{name: string, title?: string, description?: string, effect?: string}} ListedTool */

/**
 * @typedef {object} Limit
 * @property {HTMLElement} element
 * @property {() => Record<string, unknown>} value what of it the host is told
 * @property {() => HTMLElement | undefined} check says beside the field what is missing; answers where that is
 */

/** @param {ListedTool[]} tools @returns {Limit} */
export function toolLimit(tools) {
  const { profiles } = session();
  const some = choices({
    legend: "Tools that it may use",
    noun: "tool",
    options: tools.map((tool) => ({ value: tool.name, label: tool.title ? `${tool.title} (${tool.name})` : tool.name, detail: tool.description })),
  });
  const profile = field({ label: "Profile", control: select(profiles.map((name) => ({ value: name, label: name }))) });
  const kind = radios({
    legend: "Tools",
    value: "all",
    options: [
      { value: "all", label: "All tools", help: "Also those that come later, such as those of a new plugin." },
      ...(profiles.length ? [{ value: "profile", label: "Those of a profile", help: "The tools that the profile has now." }] : []),
      { value: "some", label: "Chosen tools" },
    ],
    onChange: reveal,
  });
  function reveal() {
    some.element.hidden = kind.value !== "some";
    profile.element.hidden = kind.value !== "profile";
  }
  reveal();
  return {
    element: h("div", { class: "stack" }, kind.element, profile.element, some.element),
    value: () => ({ some: { tools: some.chosen }, profile: { profile: /** @type {HTMLSelectElement} */ (profile.control).value } })[kind.value] ?? {},
    check: () => {
      const isMissing = kind.value === "some" && some.chosen.length === 0;
      some.refuse(isMissing ? "Tick at least one tool." : "");
      return isMissing ? some.control : undefined;
    },
  };
}

/** @param {import("./shapes.js").Connection[]} connections @returns {Limit} */
export function placeLimit(connections) {
  const some = choices({
    legend: "Workspaces that it may use",
    noun: "workspace",
    options: connections.map((one) => ({ value: one.id, label: one.name, detail: one.workspace_name ?? undefined })),
  });
  const kind = radios({
    legend: "Workspaces",
    value: "all",
    options: [
      { value: "all", label: "All workspaces", help: "Also those that are connected later. People's accounts at MCP servers aren't among them." },
      ...(connections.length ? [{ value: "some", label: "Chosen workspaces" }] : []),
    ],
    onChange: reveal,
  });
  const usual = field({
    label: "Usual workspace",
    help: "Where a call works that names none.",
    control: select([{ value: "", label: "The host's default" }, ...connections.map((one) => ({ value: one.id, label: one.name.slice(0, 80) }))]),
  });
  const within = field({
    label: "Parts of a workspace",
    help: "Links or ids of pages and databases, one a line. The token sees these with everything below them, and nothing else. Without any it sees all.",
    control: h("textarea", { rows: 3, spellcheck: "false", placeholder: "https://www.notion.so/…" }),
  });
  const parts = () => /** @type {HTMLTextAreaElement} */ (within.control).value.split(/\s+/).filter(Boolean);
  function reveal() {
    some.element.hidden = kind.value !== "some";
  }
  reveal();
  const chosen = () => /** @type {HTMLSelectElement} */ (usual.control).value;
  return {
    element: h("div", { class: "stack" }, kind.element, some.element, connections.length > 1 ? usual.element : null, within.element),
    value: () => ({
      ...(kind.value === "some" ? { connections: some.chosen } : {}),
      ...(chosen() ? { default_connection: chosen() } : {}),
      ...(parts().length ? { within: parts() } : {}),
    }),
    check: () => {
      const isMissing = kind.value === "some" && some.chosen.length === 0;
      const isElsewhere = kind.value === "some" && Boolean(chosen()) && !some.chosen.includes(chosen());
      const odd = parts().find((part) => !/[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.test(part));
      some.refuse(isMissing ? "Tick at least one workspace." : "");
      usual.refuse(isElsewhere ? "It is none of the chosen workspaces." : "");
      within.refuse(odd ? `“${odd.slice(0, 80)}” is no link or id of a page.` : "");
      return isMissing ? some.control : isElsewhere ? usual.control : odd ? within.control : undefined;
    },
  };
}

/** @returns {Limit} */
export function useLimit() {
  const calls = textInput({ inputmode: "numeric", maxlength: 5, "aria-label": "Calls", placeholder: "As many as it likes" });
  const period = select(["second", "minute", "hour", "day"].map((value) => ({ value, label: `a ${value}`.replace("a hour", "an hour") })), { value: "minute", "aria-label": "Time" });
  const rate = field({ label: "Calls at most", control: h("div", { class: "row" }, calls, period), help: "From 1 to 10,000." });
  const ends = field({
    label: "It ends",
    control: select([{ value: "", label: "Never" }, ...[["7", "in 7 days"], ["30", "in 30 days"], ["90", "in 90 days"], ["365", "in a year"]].map(([value = "", label = ""]) => ({ value, label }))], { value: "90" }),
    help: "It can be revoked at any time.",
  });
  const administers = checkbox("It administers this host", { "aria-describedby": "administers-help" });
  const text = () => calls.value.replace(/[,\s]/g, "");
  return {
    element: h("div", { class: "stack" }, rate.element, ends.element, h("div", { class: "field" },
      administers.element, h("p", { class: "help", id: "administers-help" }, "Such a token can make tokens, grant plugins what they ask for, and see what everybody does. A model needs it for nothing."))),
    value: () => ({
      ...(text() ? { rate: `${Number(text())}/${period.value}` } : {}),
      ...(/** @type {HTMLSelectElement} */ (ends.control).value ? { expires_in_days: Number(/** @type {HTMLSelectElement} */ (ends.control).value) } : {}),
      ...(administers.box.checked ? { administers: true } : {}),
    }),
    check: () => {
      const isWrong = Boolean(text()) && !(/^\d+$/.test(text()) && Number(text()) >= 1 && Number(text()) <= 10_000);
      rate.refuse(isWrong ? "A whole number from 1 to 10,000, or nothing." : "");
      return isWrong ? calls : undefined;
    },
  };
}

