// One value out of a searchable list. An id or a link can be pasted instead.

import { combobox } from "../components/combobox.js";

/** @param {string} text */
const looksLikeId = (text) => /^[0-9a-f-]{32,36}$/i.test(text.trim()) || /^https?:\/\//i.test(text.trim());

/**
 * @param {import("./slot.js").Field} field
 * @param {import("./sources.js").Source} source
 * @returns {import("./slot.js").Input}
 */
export function pickerInput({ label, changed, context: { signal } }, source) {
  const list = combobox({
    label,
    free: true,
    signal,
    placeholder: source.isNamed ? "Type to search" : "Type to search, or paste an id",
    find: async (text, asked) => (looksLikeId(text) ? [] : source.find(text, asked)),
    onChange: changed,
  });
  const value = () => {
    const text = list.input.value.trim();
    // What was typed and not yet left counts too.
    return list.chosen && list.chosen.label === text ? list.chosen.value : text || undefined;
  };
  /** @param {string} given */
  async function call(given) {
    const name = await source.name?.(given).catch(() => null);
    if (name && value() === given && document.activeElement !== list.input && !signal?.aborted) {
      list.set({ value: given, label: name });
    }
  }
  return {
    element: list.element,
    controls: [list.input],
    read: value,
    called: () => {
      const known = list.chosen;
      return known && value() === known.value && known.label !== known.value ? { [known.value]: known.label } : {};
    },
    write: (given) => {
      if (given !== undefined && typeof given !== "string") {
        return false;
      }
      list.set(given ? { value: given, label: given } : null);
      if (given) {
        call(given);
      }
      return true;
    },
  };
}
