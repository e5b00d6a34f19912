// A list that is searched by typing (ARIA's combobox with a listbox): databases, pages, people, options, connections, tools.

import { foreign, freshId, h, replace } from "../kit/element.js";

/** @typedef {{value: string, label: string, detail?: string}} Option */

/** Options that are shown at once: whoever has more narrows them by typing. */
const MAX_SHOWN = 50;

/**
 * @param {object} options
 * @param {string} options.label its accessible name, where no label element names it
 * @param {(text: string, signal: AbortSignal) => Promise<Option[]> | Option[]} options.find the options that fit a text; those for an empty one come first
 * @param {Option | null} [options.chosen]
 * @param {(option: Option | null) => void} [options.onChange]
 * @param {boolean} [options.free] whether a text that is no option counts as a value, such as an id that was pasted
 * @param {string} [options.placeholder]
 * @param {AbortSignal} [options.signal]
 */
export function combobox({ label, find, chosen = null, onChange, free = false, placeholder, signal }) {
  const id = freshId("combo");
  let current = chosen;
  /** @type {Option[]} */
  let options = [];
  let active = -1;
  let asking = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;

  const list = h("ul", { role: "listbox", id: `${id}-list`, class: "listbox", "aria-label": label, hidden: true });
  const said = h("span", { class: "unseen", role: "status" });
  const input = h("input", {
    type: "text",
    role: "combobox",
    id,
    "aria-label": label,
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    "aria-controls": `${id}-list`,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: placeholder ?? "Type to search",
    value: chosen?.label ?? "",
    on: {
      input: () => {
        clearTimeout(typed);
        typed = setTimeout(() => open(input.value), 150);
      },
      click: () => list.hidden && open(""),
      focus: () => {
        // Who is back at once hasn't left: what they type meanwhile stays.
        clearTimeout(leaving);
        input.select();
      },
      blur: () => {
        leaving = setTimeout(() => close(true), 120);
      },
      keydown: key,
    },
  });
  signal?.addEventListener("abort", () => asking.abort());

  /** @param {string} text */
  async function open(text) {
    asking.abort();
    asking = new AbortController();
    const own = asking;
    try {
      const found = await find(text.trim(), own.signal);
      if (own.signal.aborted || document.activeElement !== input) {
        return;
      }
      options = found.slice(0, MAX_SHOWN);
      active = -1;
      replace(list, options.length
        ? options.map((option, place) => h("li", {
          role: "option",
          id: `${id}-${place}`,
          "aria-selected": String(option.value === current?.value),
          on: { mousedown: (event) => event.preventDefault(), click: () => choose(option) },
        }, foreign(option.label || "Untitled", { max: 200 }), option.detail ? h("span", { class: "quiet" }, foreign(option.detail, { max: 120 })) : null))
        : h("li", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing found."));
      said.textContent = options.length ? `${options.length} found` : "Nothing found";
      if (found.length > MAX_SHOWN) {
        list.append(h("li", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false" }, `${found.length - MAX_SHOWN} more: type to narrow them`));
      }
      show(true);
    } catch (error) {
      if (!own.signal.aborted) {
        options = [];
        replace(list, h("li", { class: "wrong", role: "option", "aria-disabled": "true", "aria-selected": "false" }, /** @type {Error} */ (error).message));
        show(true);
      }
    }
  }

  /** @param {boolean} isOpen */
  function show(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) {
      input.removeAttribute("aria-activedescendant");
      active = -1;
    }
  }

  /** @param {Option | null} option */
  function choose(option) {
    current = option;
    input.value = option?.label ?? "";
    show(false);
    onChange?.(option);
  }

  /** What is in the field counts, once the person leaves it. @param {boolean} isLeaving */
  function close(isLeaving) {
    clearTimeout(typed);
    asking.abort();
    show(false);
    if (!isLeaving) {
      input.value = current?.label ?? "";
      return;
    }
    const text = input.value.trim();
    if (text === (current?.label ?? "")) {
      return;
    }
    const exact = options.find((option) => option.label === text || option.value === text);
    choose(exact ?? (free && text ? { value: text, label: text } : null));
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        open("");
      } else if (options.length) {
        const step = event.key === "ArrowDown" ? 1 : -1;
        active = (active + step + options.length) % options.length;
        mark();
      }
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      const option = options[active] ?? (options.length === 1 ? options[0] : undefined);
      if (option) {
        choose(option);
      } else {
        close(true);
      }
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close(false);
    }
  }

  function mark() {
    [...list.children].forEach((item, place) => item.classList.toggle("active", place === active));
    const item = list.children[active];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  }

  const element = h("div", { class: "combobox" }, input, list, said);
  return {
    element,
    input,
    get chosen() {
      return current;
    },
    /** @param {Option | null} option */
    set(option) {
      current = option;
      input.value = option?.label ?? "";
    },
  };
}

/** Options out of a fixed list, by words that their names have. @param {Option[]} options */
export const among = (options) => (/** @type {string} */ text) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return options.filter(({ label, value, detail }) => {
    const all = `${label} ${value} ${detail ?? ""}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
};
