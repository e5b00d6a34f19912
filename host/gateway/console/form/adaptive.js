// A field about the properties of a database: with the right controls once they are known, and a plain one until then.

import { h, replace } from "../kit/element.js";
import { same } from "./same.js";

/** @typedef {import("./sources.js").Property} Property */
/** @typedef {import("./slot.js").Input} Input */

/**
 * @param {import("./slot.js").Field} field
 * @param {object} options
 * @param {Input} options.before the control until the properties are known
 * @param {(properties: Property[]) => Input} options.after
 * @param {string} options.hint what the person can do to know them
 * @returns {Input}
 */
export function adaptive({ context }, { before, after, hint }) {
  /** @type {Input} */
  let current = before;
  /** @type {Property[] | null} */
  let known = null;
  const said = h("p", { class: "quiet", role: "status" });
  const place = h("div", null, before.element);
  context.columns?.watch(({ properties, says }) => {
    said.textContent = says || (properties ? "" : hint);
    said.hidden = !said.textContent;
    if (same(properties, known)) {
      return;
    }
    known = properties;
    const value = current.read();
    // What was entered goes along; where no other control can show it, this one stays.
    const next = [...(properties ? [after(properties)] : []), before].find((one) => one.write(value) && same(one.read(), value));
    if (next && next !== current) {
      current = next;
      replace(place, current.element);
    }
  });
  return {
    element: h("div", { class: "stack tight" }, place, said),
    get controls() {
      return current.controls;
    },
    isGroup: true,
    isBuilt: true,
    read: () => current.read(),
    write: (value) => current.write(value) && same(current.read(), value),
    fault: () => current.fault?.() ?? "",
    nested: () => current.nested?.() ?? [],
  };
}
