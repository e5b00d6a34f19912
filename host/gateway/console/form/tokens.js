// Several values out of a searchable list: each is a chip that can be removed.

import { combobox } from "../components/combobox.js";
import { icon } from "../components/icon.js";
import { foreign, h, replace } from "../kit/element.js";
import { plain } from "./plain.js";

/** Chips that are shown; the rest is counted. */
const MAX_SHOWN = 100;

/**
 * @param {object} options
 * @param {string} options.label
 * @param {(text: string, signal: AbortSignal) => Promise<import("../components/combobox.js").Option[]> | import("../components/combobox.js").Option[]} options.find
 * @param {(value: string) => Promise<string | null>} [options.name] what a value is called
 * @param {string[]} [options.value]
 * @param {boolean} [options.free] whether what is no option counts too
 * @param {() => void} [options.onChange]
 * @param {AbortSignal} [options.signal]
 */
export function tokens({ label, find, name, value = [], free = true, onChange, signal }) {
  /** @type {Map<string, string>} */
  const names = new Map();
  /** @type {string[]} */
  let chosen = [];
  const list = h("ul", { class: "tokens", "aria-label": `${plain(label)}: chosen` });
  const said = h("span", { class: "unseen", role: "status" });
  const search = combobox({
    label: plain(label),
    free,
    signal,
    placeholder: "Type to add",
    find: async (text, asked) => (await find(text, asked)).filter((option) => !chosen.includes(option.value)),
    onChange: (option) => option && add(option),
  });
  // A key that removes what was added last, as in every such field.
  search.input.addEventListener("keydown", (event) => {
    const last = chosen.at(-1);
    if (event.key === "Backspace" && !search.input.value && last !== undefined) {
      drop(last);
    }
    if (event.key === "Enter") {
      // In a form, the key would send it.
      event.preventDefault();
      const typed = search.input.value.trim();
      if (typed && free && search.input.getAttribute("aria-expanded") !== "true") {
        add({ value: typed, label: typed });
      }
    }
  });

  /** @param {import("../components/combobox.js").Option} option */
  function add(option) {
    search.set(null);
    if (!chosen.includes(option.value)) {
      names.set(option.value, option.label);
      chosen = [...chosen, option.value];
      show();
      said.textContent = `${plain(option.label, 60)} added`;
      onChange?.();
    }
  }

  /** @param {string} gone */
  function drop(gone) {
    chosen = chosen.filter((one) => one !== gone);
    show();
    said.textContent = `${plain(names.get(gone) ?? gone, 60)} removed`;
    search.input.focus();
    onChange?.();
  }

  function show() {
    list.hidden = chosen.length === 0;
    replace(list, chosen.slice(0, MAX_SHOWN).map((one) => h("li", { class: "token" },
      foreign(plain(names.get(one) ?? one, 80)),
      h("button", { type: "button", "aria-label": `Remove ${plain(names.get(one) ?? one, 60)}`, on: { click: () => drop(one) } }, icon("close")))),
    chosen.length > MAX_SHOWN ? h("li", { class: "quiet" }, `${chosen.length - MAX_SHOWN} more`) : null);
  }

  /** Asks what values are called that came from elsewhere. */
  async function call() {
    const unknown = chosen.filter((one) => !names.has(one)).slice(0, 20);
    await Promise.all(unknown.map(async (one) => {
      const found = await name?.(one).catch(() => null);
      if (found && !signal?.aborted) {
        names.set(one, found);
      }
    }));
    if (unknown.some((one) => names.has(one))) {
      show();
    }
  }

  /** @param {string[]} next */
  function write(next) {
    chosen = [...new Set(next)];
    show();
    if (name) {
      call();
    }
  }
  write(value);
  return {
    element: h("div", { class: "token-field" }, list, search.element, said),
    control: search.input,
    /** What is chosen, and what was typed and not yet added. */
    read() {
      const typed = search.input.value.trim();
      return typed && free && !chosen.includes(typed) ? [...chosen, typed] : chosen;
    },
    write,
  };
}
