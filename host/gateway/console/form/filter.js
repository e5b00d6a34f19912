// Filters and sorts of `query`, built by clicking. Pages use these two as components.

import { button } from "../components/button.js";
import { freshId, h, replace } from "../kit/element.js";
import { conditionRow } from "./condition.js";
import { readFilter, writeFilter } from "./filter-text.js";
import { familyOf } from "./operators.js";

export { sortBuilder } from "./sorts.js";

/** @typedef {import("./sources.js").Property} Property */
/** @typedef {import("./filter-text.js").Group} Group */
/** @typedef {import("./filter-text.js").Condition} Condition */

/** Conditions in one group: more are not built by clicking. */
const MAX_CONDITIONS = 50;

/** What every row knows without a property for it. @type {Property[]} */
export const TIMES = [{ name: "created_time", type: "created_time" }, { name: "last_edited_time", type: "last_edited_time" }];

/**
 * A filter of `query`: conditions on properties, all or any of which must hold, in groups one level deep.
 *
 * @param {object} options
 * @param {Property[]} options.properties of the database: `{name, type, options?: [string]}`
 * @param {unknown} [options.value] a filter as `query` takes it
 * @param {(value: Record<string, unknown> | undefined) => void} [options.onChange] is told the filter after each change, undefined when there is none; conditions without a value are left out
 * @param {string} [options.label]
 * @param {import("./sources.js").On} [options.on] the connection that people and pages are searched on
 * @param {AbortSignal} [options.signal] ends what is asked for
 * @returns {{element: HTMLElement, readonly value: Record<string, unknown> | undefined, set: (value: unknown) => boolean, check: (options?: {focus?: boolean}) => boolean}} `set` answers whether the
 *   filter can be shown (one that can't is kept as it is until the person builds another); `check` marks conditions without a value, focuses the first, and answers whether there is none
 */
export function filterBuilder({ properties, value, onChange, label = "Filter", on, signal }) {
  const known = [...properties.filter(({ type }) => familyOf(type)), ...TIMES.filter(({ name }) => !properties.some((one) => one.name === name))];
  /** What was given, as long as nobody has changed it. @type {any} */
  let given;
  let isChanged = false;
  /** @type {Part & {read: () => Group}} */
  let top;
  const element = h("div", { class: "filter-builder", role: "group", "aria-label": label });
  let told = "";

  const read = () => (isChanged ? writeFilter(top.read()) : given);
  function tell() {
    isChanged = true;
    const text = JSON.stringify(read() ?? null);
    if (text !== told) {
      told = text;
      onChange?.(read());
    }
  }

  /** @param {unknown} next */
  function set(next) {
    const group = readFilter(next, known);
    isChanged = false;
    given = next ?? undefined;
    told = JSON.stringify(given ?? null);
    top = groupOf(group ?? { join: "and", items: [] }, { known, tell, on, signal, label, inner: false });
    replace(element, group ? null : h("p", { class: "quiet" }, "This filter says more than can be shown here. It counts as it is until conditions take its place."), top.element);
    return Boolean(group);
  }
  set(value);
  return {
    element,
    get value() {
      return read();
    },
    set,
    check: ({ focus = true } = {}) => {
      const isComplete = top.check();
      if (!isComplete && focus) {
        /** @type {HTMLElement | null} */ (element.querySelector("[aria-invalid=true]"))?.focus();
      }
      return isComplete;
    },
  };
}

/** @typedef {{known: Property[], tell: () => void, on?: import("./sources.js").On, signal?: AbortSignal, label: string, inner: boolean}} Context */

/** @typedef {{element: HTMLElement, check: () => boolean, focus: () => void}} Part */
/** @typedef {Part & {read: () => Condition | Group | null, name: (text: string) => void}} Item */

/** @param {Group} group @param {Context & {remove?: () => void}} context @returns {Part & {read: () => Group}} */
function groupOf(group, context) {
  /** @type {Item[]} */
  let parts = [];
  const { known, tell, inner, label } = context;
  const joinId = freshId("join");
  const join = h("select", { id: joinId, on: { change: tell } }, h("option", { value: "and" }, "all"), h("option", { value: "or" }, "any"));
  join.value = group.join;
  const head = h("div", { class: "filter-join" }, h("label", { for: joinId }, "Match"), join, h("span", null, "of these"));
  const list = h("div", { class: "filter-conditions" });
  const add = button({ label: "Add condition", icon: "add", describes: label, press: () => put({ property: known[0]?.name ?? "", operator: "" }, true) });
  const addGroup = inner ? null : button({ label: "Add group", describes: label, press: () => put({ join: "or", items: [{ property: known[0]?.name ?? "", operator: "" }] }, true) });
  const remove = context.remove && button({ label: "Remove group", icon: "close", describes: label, press: context.remove });
  const element = h("div", inner ? { class: "filter-group", role: "group", "aria-label": label } : { class: "filter-top" }, head, list, h("div", { class: "actions" }, add, addGroup, remove));

  /** @param {Condition | Group} item @param {boolean} isNew */
  function put(item, isNew) {
    const place = parts.length + 1;
    /** @type {Item} */
    const part = "items" in item
      ? groupPart(groupOf(item, { ...context, inner: true, label: `${label}, group ${place}`, remove: () => drop(part) }))
      : conditionRow(item, { ...context, remove: () => drop(part) });
    parts.push(part);
    list.append(part.element);
    show();
    if (isNew) {
      part.focus();
      tell();
    }
  }

  /** @param {Item} part */
  function drop(part) {
    const at = parts.indexOf(part);
    parts = parts.filter((one) => one !== part);
    part.element.remove();
    show();
    // The focus goes to what took the place of what is gone.
    const next = parts[Math.min(at, parts.length - 1)];
    if (next) {
      next.focus();
    } else {
      add.focus();
    }
    tell();
  }

  function show() {
    head.hidden = parts.length < 2;
    add.disabled = parts.length >= MAX_CONDITIONS || known.length === 0;
    parts.forEach((part, at) => part.name(`${label}, ${at + 1}`));
  }
  for (const item of group.items.slice(0, MAX_CONDITIONS)) {
    put(item, false);
  }
  show();
  return {
    element,
    read: () => ({ join: /** @type {"and" | "or"} */ (join.value), items: parts.map((part) => part.read()).filter((part) => part !== null) }),
    check: () => parts.map((part) => part.check()).every(Boolean),
    focus: () => parts[0]?.focus(),
  };
}

/** @param {Part & {read: () => Group}} group */
const groupPart = (group) => ({ ...group, name: () => {}, read: () => (group.read().items.length ? group.read() : null) });
