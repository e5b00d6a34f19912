// The arguments of another tool, which a field beside it names: with that tool's own form.

import { h, replace } from "../kit/element.js";
import { catalog } from "../kit/catalog.js";
import { membersInput } from "./object.js";
import { rowsInput } from "./rows.js";
import { same } from "./same.js";

/** How long nothing more is typed before the form changes, in milliseconds. */
const PAUSE = 200;

/** @param {import("./slot.js").Field} field @param {string} member the one that names the tool @returns {import("./slot.js").Input} */
export function toolArguments(field, member) {
  const { scope } = field.context;
  const before = rowsInput({ ...field, schema: { additionalProperties: true } });
  /** @type {import("./slot.js").Input} */
  let current = before;
  let named = "";
  const place = h("div", null, before.element);
  const said = h("p", { class: "quiet" }, "Choose the tool to get its form.");

  async function follow() {
    const name = String(scope?.read(member) ?? "");
    if (name === named) {
      return;
    }
    named = name;
    const tool = (await catalog().catch(() => new Map())).get(name);
    if (named !== name) {
      return;
    }
    const value = current.read();
    const next = tool ? membersInput({ ...field, schema: tool.input_schema, required: true, context: { ...field.context, tool: name } }, { isTool: true }) : before;
    if (next.write(value) && same(next.read() ?? {}, value ?? {})) {
      current = next;
      replace(place, current.element);
    }
    said.hidden = Boolean(tool);
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  scope?.watch(member, () => {
    clearTimeout(waiting);
    waiting = setTimeout(follow, PAUSE);
  });
  return {
    element: h("div", { class: "stack tight" }, place, said),
    controls: [],
    isGroup: true,
    read: () => {
      const value = current.read();
      return value && Object.keys(value).length === 0 && !field.required ? undefined : value;
    },
    write: (value) => {
      const isShown = current.write(value);
      follow();
      return isShown && same(current.read() ?? {}, value ?? {});
    },
    fault: () => current.fault?.() ?? "",
    nested: () => current.nested?.() ?? [],
  };
}
