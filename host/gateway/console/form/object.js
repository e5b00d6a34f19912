// An object with known members: a field for each, those that few calls name folded.

import { h } from "../kit/element.js";
import { folded } from "../components/layout.js";
import { columnsOf } from "./columns.js";
import { labelOf } from "./plain.js";
import { arranged } from "./schema.js";
import { rowsInput } from "./rows.js";

/**
 * The members around a field.
 *
 * @typedef {object} Scope
 * @property {(name: string) => unknown} read
 * @property {(name: string, tell: () => void) => void} watch
 * @property {(name: string) => boolean} has
 */

/** @type {import("./slot.js").Make} */
export const objectInput = (field) => membersInput(field, {});

/**
 * @param {import("./slot.js").Field} field
 * @param {{isTool?: boolean}} options whether it is the whole input of a tool
 * @returns {import("./slot.js").Input}
 */
export function membersInput({ schema, required, changed, context, label }, { isTool = false }) {
  const { main, more } = arranged(schema, { isTool });
  const needed = new Set(Array.isArray(schema.required) ? schema.required : []);
  /** @type {Map<string, Set<() => void>>} */
  const watchers = new Map();
  /** @type {Map<string, import("./slot.js").Slot>} */
  const slots = new Map();
  /** @type {Scope} */
  const scope = {
    read: (name) => slots.get(name)?.read() ?? context.scope?.read(name),
    has: (name) => Object.hasOwn(schema.properties ?? {}, name) || Boolean(context.scope?.has(name)),
    watch: (name, tell) => {
      if (Object.hasOwn(schema.properties ?? {}, name)) {
        watchers.set(name, (watchers.get(name) ?? new Set()).add(tell));
      } else {
        context.scope?.watch(name, tell);
      }
    },
  };
  /** @type {import("./slot.js").Context} */
  const inside = { ...context, scope };
  inside.columns = columnsOf(schema, inside) ?? context.columns;

  /** @param {string} name */
  function make(name) {
    const own = schema.properties[name] ?? {};
    const slot = context.slot({
      schema: own,
      name,
      label: own.title ?? labelOf(name),
      required: needed.has(name),
      context: inside,
      changed: () => {
        watchers.get(name)?.forEach((tell) => tell());
        changed();
      },
    });
    slots.set(name, slot);
    return slot.element;
  }
  const first = main.map(make);
  const moreBody = h("div", { class: "stack" }, more.map(make));
  const fold = more.length ? folded("More options", () => moreBody) : null;
  // What the schema doesn't know can be given too, where it says so; what was given all the same is shown.
  const takesMore = typeof schema.additionalProperties === "object" || (schema.additionalProperties === true);
  const rest = rowsInput({ schema: { additionalProperties: schema.additionalProperties }, name: "", label: `${label}: more members`, required: false, changed, context: inside });
  const restPlace = h("div", { class: "stack", hidden: !takesMore }, h("p", { class: "label" }, "More members"), rest.element);
  const names = [...main, ...more];

  return {
    element: h("div", { class: "stack members" }, first, fold, restPlace),
    controls: [],
    isGroup: true,
    read: () => {
      const entries = names.map((name) => /** @type {[string, unknown]} */ ([name, slots.get(name)?.read()])).filter(([, value]) => value !== undefined);
      const others = Object.entries(/** @type {object} */ (rest.read() ?? {}));
      const all = [...entries, ...others];
      return all.length || required ? Object.fromEntries(all) : undefined;
    },
    write: (value) => {
      if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) {
        return false;
      }
      const given = /** @type {Record<string, unknown>} */ (value ?? {});
      for (const name of names) {
        slots.get(name)?.write(Object.hasOwn(given, name) ? given[name] : undefined);
      }
      const others = Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
      rest.write(Object.keys(others).length ? others : undefined);
      restPlace.hidden = !takesMore && Object.keys(others).length === 0;
      if (fold && more.some((name) => Object.hasOwn(given, name))) {
        fold.open = true;
      }
      for (const watching of watchers.values()) {
        watching.forEach((tell) => tell());
      }
      return true;
    },
    fault: () => rest.fault?.() ?? "",
    nested: () => [...slots].map(([name, slot]) => [name, slot]),
  };
}
