// Some of many: boxes to tick, found by typing. Of a long list only the first that fit are in the page.

import { foreign, freshId, h, replace } from "../kit/element.js";
import { button } from "./button.js";

/** @typedef {{value: string, label: string, detail?: string}} Choice */

/** Boxes that are shown at once. */
const MAX_SHOWN = 100;

/** Options from which on there is a field to search them. */
const SEARCHED_FROM = 9;

/**
 * @param {object} options
 * @param {string} options.legend
 * @param {Choice[]} options.options
 * @param {Iterable<string>} [options.chosen]
 * @param {string} options.noun what one is, such as "tool"
 * @param {() => void} [options.onChange]
 */
export function choices({ legend, options, chosen = [], noun, onChange }) {
  const ticked = new Set(chosen);
  const id = freshId("choices");
  const said = h("p", { class: "quiet", role: "status" });
  const wrong = h("p", { class: "wrong", "aria-live": "polite" });
  const list = h("ul", { class: "choice-list", tabindex: "0", "aria-label": legend });
  const all = button({ label: "Tick those shown", press: () => tick(true) });
  const none = button({ label: "Tick none", press: () => tick(false) });
  const search = h("input", { type: "search", id: `${id}-search`, autocomplete: "off", spellcheck: "false", placeholder: "Type to search", on: {
    input: fill,
    keydown: (event) => {
      // In a form, the key would send it.
      if (event.key === "Enter") {
        event.preventDefault();
      }
    },
  } });

  function fitting() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = options.filter(({ label, value, detail }) => {
      const text = `${label} ${value} ${detail ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    // What is chosen comes first, so that it can be seen without searching for it.
    return words.length ? fits : [...fits.filter(({ value }) => initially.has(value)), ...fits.filter(({ value }) => !initially.has(value))];
  }

  /** What was chosen when the list was last made: a box doesn't move away when it is ticked. */
  let initially = new Set(ticked);

  function fill() {
    initially = new Set(ticked);
    const fits = fitting();
    replace(list, fits.slice(0, MAX_SHOWN).map((option, place) => {
      const box = h("input", { type: "checkbox", id: `${id}-${place}`, checked: ticked.has(option.value), "aria-describedby": option.detail ? `${id}-${place}-detail` : null, on: {
        change: () => {
          if (box.checked) {
            ticked.add(option.value);
          } else {
            ticked.delete(option.value);
          }
          tell();
        },
      } });
      return h("li", { class: "check" }, box, h("div", null,
        h("label", { for: `${id}-${place}` }, foreign(option.label || option.value, { max: 200 })),
        option.detail ? h("p", { class: "help", id: `${id}-${place}-detail` }, h("bdi", { class: "foreign" }, option.detail.slice(0, 160), option.detail.length > 160 ? "…" : "")) : null));
    }));
    if (fits.length > MAX_SHOWN) {
      list.append(h("li", { class: "quiet" }, `${(fits.length - MAX_SHOWN).toLocaleString("en")} more: type to narrow them.`));
    }
    list.hidden = fits.length === 0;
    say(fits.length);
  }

  /** @param {number} fits */
  function say(fits) {
    said.textContent = `${ticked.size.toLocaleString("en")} of ${options.length.toLocaleString("en")} ${noun}s ticked${search.value.trim() ? `; ${fits.toLocaleString("en")} fit` : ""}`;
  }

  function tell() {
    replace(wrong);
    say(fitting().length);
    onChange?.();
  }

  /** @param {boolean} isTicked */
  function tick(isTicked) {
    if (isTicked) {
      fitting().slice(0, MAX_SHOWN).forEach(({ value }) => ticked.add(value));
    } else {
      ticked.clear();
    }
    for (const box of list.querySelectorAll("input")) {
      box.checked = isTicked;
    }
    tell();
  }

  fill();
  const isLong = options.length >= SEARCHED_FROM;
  const element = h("fieldset", { class: "choices" }, h("legend", null, legend),
    isLong ? h("div", { class: "field" }, h("label", { for: `${id}-search` }, `Search ${noun}s`), search) : null,
    list, h("div", { class: "actions" }, isLong ? [all, none] : null, said), wrong);
  return {
    element,
    get chosen() {
      return [...ticked];
    },
    /** The one that takes the focus. */
    get control() {
      return isLong ? search : list.querySelector("input") ?? list;
    },
    /** @param {string} text */
    refuse: (text) => replace(wrong, text),
  };
}
