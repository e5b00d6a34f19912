// A list: a group for each item, which can be removed and moved.

import { button } from "../components/button.js";
import { icon } from "../components/icon.js";
import { h, replace } from "../kit/element.js";
import { moving } from "./moving.js";
import { kindOf } from "./schema.js";

/** Items that are shown as a form; what has more is JSON. */
const MAX_ITEMS = 60;

/** @type {import("./slot.js").Make} */
export function listInput({ schema, name, label, changed, context }) {
  const own = schema.items && typeof schema.items === "object" ? schema.items : {};
  const isLarge = ["object", "rows", "list", "choices"].includes(kindOf(own));
  /** @type {{element: HTMLElement, slot: import("./slot.js").Slot, number: (place: number, of: number) => void}[]} */
  let items = [];
  const list = h("ol", { class: isLarge ? "items large" : "items" });
  const add = button({ label: "Add item", icon: "add", describes: label, press: () => {
    put(undefined).slot.focus();
    changed();
  } });

  /** @param {unknown} value */
  function put(value) {
    const slot = context.slot({ schema: own, name: singular(name), label: `${label}, item ${items.length + 1}`, changed, context, bare: true, required: isLarge });
    slot.write(value);
    const gone = h("button", { type: "button", class: "plain square", on: { click: drop } }, icon("close"));
    const title = h("span", { class: "item-title" });
    const move = moving({ what: "item", move: (step) => {
      const at = items.indexOf(item);
      const to = at + step;
      if (to < 0 || to >= items.length) {
        return false;
      }
      items.splice(at, 1);
      items.splice(to, 0, item);
      list.insertBefore(item.element, list.children[to + (step > 0 ? 1 : 0)] ?? null);
      number();
      changed();
      return true;
    } });
    const tools = h("span", { class: "item-tools" }, move.element, gone);
    const item = {
      element: h("li", { on: { keydown: move.key } }, isLarge ? [h("div", { class: "item-head" }, title, tools), slot.element] : [slot.element, tools]),
      slot,
      number: (/** @type {number} */ place, /** @type {number} */ of) => {
        title.textContent = `Item ${place}`;
        gone.setAttribute("aria-label", `Remove item ${place} of ${label}`);
        move.name(`item ${place} of ${label}`, place === 1, place === of);
      },
    };
    function drop() {
      const at = items.indexOf(item);
      items = items.filter((one) => one !== item);
      item.element.remove();
      number();
      const next = items[Math.min(at, items.length - 1)];
      if (next) {
        next.slot.focus();
      } else {
        add.focus();
      }
      changed();
    }
    items.push(item);
    list.append(item.element);
    number();
    return item;
  }
  function number() {
    list.hidden = items.length === 0;
    add.disabled = items.length >= Math.min(MAX_ITEMS, schema.maxItems ?? MAX_ITEMS);
    items.forEach((item, at) => item.number(at + 1, items.length));
  }
  number();
  const given = () => items.filter(({ slot }) => slot.read() !== undefined);
  return {
    element: h("div", { class: "stack tight" }, list, h("div", { class: "actions" }, add)),
    controls: [add],
    isGroup: true,
    read: () => {
      const values = given().map(({ slot }) => slot.read());
      return values.length ? values : undefined;
    },
    write: (value) => {
      items = [];
      replace(list);
      number();
      if (value === undefined) {
        return true;
      }
      if (!Array.isArray(value) || value.length > MAX_ITEMS) {
        return false;
      }
      value.forEach(put);
      number();
      return true;
    },
    // What can't be read is no value yet, and has no place among them.
    fault: () => items.filter(({ slot }) => slot.read() === undefined).flatMap(({ slot }) => slot.faults())[0]?.text ?? "",
    nested: () => given().map(({ slot }, place) => [place, slot]),
  };
}

/** The name of one of several: `page_ids` has items that are each a `page_id`. @param {string} name */
const singular = (name) => name.replace(/ies$/, "y").replace(/(?<!s)s$/, "");
