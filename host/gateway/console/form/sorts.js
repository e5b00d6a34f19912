// The sorts of `query`: properties in the order in which they decide.

import { button } from "../components/button.js";
import { icon } from "../components/icon.js";
import { h, replace } from "../kit/element.js";
import { propertySelect } from "./condition.js";
import { moving } from "./moving.js";

/** @typedef {import("./sources.js").Property} Property */
/** @typedef {{property: string, isDown: boolean}} Sort */

const MAX_SORTS = 20;

/** What every row knows without a property for it. @type {Property[]} */
const TIMES = [{ name: "created_time", type: "created_time" }, { name: "last_edited_time", type: "last_edited_time" }];

/** @param {Sort} sort */
function written({ property, isDown }) {
  // Such a name could be read as a direction.
  const isDoubtful = /^[-+]|[ :](asc|desc|ascending|descending)$/i.test(property) || property !== property.trim();
  return isDoubtful ? { property, direction: isDown ? "descending" : "ascending" } : `${isDown ? "-" : ""}${property}`;
}

/** What a sort says; none where it says something else. @param {any} given @param {Property[]} known @returns {Sort | null} */
function read(given, known) {
  const isKnown = (/** @type {unknown} */ name) => known.some((property) => property.name === name);
  if (typeof given === "string") {
    const [, name, word] = /^(.*)[ :](asc|desc|ascending|descending)$/i.exec(given) ?? [];
    if (isKnown(given)) {
      return { property: given, isDown: false };
    }
    if (isKnown(given.slice(1)) && /^[-+]/.test(given)) {
      return { property: given.slice(1), isDown: given.startsWith("-") };
    }
    return name && word && isKnown(name) ? { property: name, isDown: /^desc/i.test(word) } : null;
  }
  const name = given?.property ?? given?.timestamp;
  const direction = String(given?.direction ?? "ascending");
  return isKnown(name) && /^(asc|desc)(ending)?$/i.test(direction) ? { property: name, isDown: /^desc/i.test(direction) } : null;
}

/**
 * @param {object} options
 * @param {Property[]} options.properties of the database
 * @param {unknown} [options.value] sorts as `query` takes them
 * @param {(value: unknown[] | undefined) => void} [options.onChange] is told the sorts after each change, undefined when there are none
 * @param {string} [options.label]
 * @returns {{element: HTMLElement, readonly value: unknown[] | undefined, set: (value: unknown) => boolean, check: () => boolean}} as those of `filterBuilder`
 */
export function sortBuilder({ properties, value, onChange, label = "Sort" }) {
  const known = [...properties, ...TIMES.filter(({ name }) => !properties.some((one) => one.name === name))];
  /** @type {any} */
  let given;
  let isChanged = false;
  /** @type {{element: HTMLElement, read: () => Sort | null, name: (place: number) => void, focus: () => void}[]} */
  let rows = [];
  const list = h("ol", { class: "sorts" });
  const note = h("p", { class: "quiet" });
  const add = button({ label: "Add sort", icon: "add", describes: label, press: () => {
    const used = new Set(rows.map((row) => row.read()?.property));
    const free = known.find(({ name }) => !used.has(name)) ?? known[0];
    if (free) {
      const row = put({ property: free.name, isDown: false });
      row.focus();
      tell();
    }
  } });
  const element = h("div", { class: "sort-builder", role: "group", "aria-label": label }, note, list, h("div", { class: "actions" }, add));

  const current = () => {
    const sorts = rows.map((row) => row.read()).filter((sort) => sort !== null).map(written);
    return isChanged ? (sorts.length ? sorts : undefined) : given;
  };
  function tell() {
    isChanged = true;
    note.hidden = true;
    show();
    onChange?.(current());
  }

  /** @param {Sort} sort */
  function put(sort) {
    const property = propertySelect(known, { label: "Sort by", value: sort.property, change: tell });
    const direction = h("select", { on: { change: tell } }, h("option", { value: "up" }, "ascending"), h("option", { value: "down" }, "descending"));
    direction.value = sort.isDown ? "down" : "up";
    const gone = h("button", { type: "button", class: "plain square", on: { click: () => drop() } }, icon("close"));
    const move = moving({ what: "sort", move: (step) => {
      const at = rows.indexOf(row);
      const to = at + step;
      if (to < 0 || to >= rows.length) {
        return false;
      }
      rows.splice(at, 1);
      rows.splice(to, 0, row);
      list.insertBefore(row.element, list.children[to + (step > 0 ? 1 : 0)] ?? null);
      tell();
      return true;
    } });
    const row = {
      element: h("li", null, h("div", { class: "filter-row", on: { keydown: move.key } }, property.element, direction, move.element, gone)),
      read: () => {
        const chosen = property.read();
        return chosen ? { property: chosen.name, isDown: direction.value === "down" } : null;
      },
      name: (/** @type {number} */ place) => {
        property.element.setAttribute("aria-label", `${label} ${place}: property`);
        direction.setAttribute("aria-label", `${label} ${place}: direction`);
        gone.setAttribute("aria-label", `Remove ${label} ${place}`);
        move.name(`${label} ${place}`, place === 1, place === rows.length);
      },
      focus: () => property.element.focus(),
    };
    function drop() {
      const at = rows.indexOf(row);
      rows = rows.filter((one) => one !== row);
      row.element.remove();
      tell();
      (rows[Math.min(at, rows.length - 1)] ?? { focus: () => add.focus() }).focus();
    }
    rows.push(row);
    list.append(row.element);
    show();
    return row;
  }

  function show() {
    list.hidden = rows.length === 0;
    add.disabled = rows.length >= MAX_SORTS || known.length === 0;
    rows.forEach((row, at) => row.name(at + 1));
  }

  /** @param {unknown} next */
  function set(next) {
    const list_ = next === undefined || next === null ? [] : Array.isArray(next) ? next : [next];
    const sorts = list_.map((sort) => read(sort, known));
    const isShown = sorts.every((sort) => sort !== null) && sorts.length <= MAX_SORTS;
    given = next ?? undefined;
    isChanged = false;
    rows = [];
    replace(list);
    if (isShown) {
      sorts.forEach((sort) => sort && put(sort));
    }
    note.hidden = isShown;
    replace(note, isShown ? null : "These sorts say more than can be shown here. They count as they are until others take their place.");
    show();
    return isShown;
  }
  set(value);
  return {
    element,
    get value() {
      return current();
    },
    set,
    check: () => true,
  };
}
