// Some of a few, whose order says nothing: boxes to tick.

import { choices } from "../components/choices.js";
import { plain } from "./plain.js";
import { same } from "./same.js";
import { choicesOf } from "./schema.js";
import { h, replace } from "../kit/element.js";

/** @type {import("./slot.js").Make} */
export function choicesInput({ schema, label, required, changed }) {
  const options = choicesOf(schema.items ?? {}) ?? [];
  const known = options.map((option, place) => ({ value: String(place), label: plain(option.label, 100) || "(empty)" }));
  const place = h("div");
  /** @type {ReturnType<typeof choices>} */
  let boxes;
  /** @param {string[]} chosen */
  const make = (chosen) => {
    boxes = choices({ legend: label, options: known, chosen, noun: "option", onChange: changed });
    replace(place, boxes.element);
  };
  make([]);
  return {
    element: place,
    get controls() {
      return [/** @type {HTMLElement} */ (boxes.control)];
    },
    isGroup: true,
    read: () => {
      const chosen = options.filter((_, at) => boxes.chosen.includes(String(at))).map(({ value }) => value);
      return chosen.length || required ? chosen : undefined;
    },
    write: (value) => {
      const places = Array.isArray(value) ? value.map((one) => options.findIndex((option) => same(option.value, one))) : [];
      make(places.filter((at) => at >= 0).map(String));
      return value === undefined || (Array.isArray(value) && places.every((at) => at >= 0));
    },
  };
}
