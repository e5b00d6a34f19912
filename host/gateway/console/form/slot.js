// The place of one value in a form: its name, what it means, the control of its kind or its JSON, and beside it what is wrong.

import { checkbox } from "../components/field.js";
import { foreign, freshId, h, replace } from "../kit/element.js";
import { inline } from "../kit/markdown.js";
import { check } from "./check.js";
import { inputFor } from "./inputs.js";
import { jsonInput } from "./json.js";
import { plain } from "./plain.js";
import { same } from "./same.js";
import { takesNull } from "./schema.js";

/** @typedef {import("./check.js").Path} Path */
/** @typedef {import("./check.js").Fault} Fault */
/** @typedef {import("./schema.js").Schema} Schema */

/**
 * What a form knows of where it is.
 *
 * @typedef {object} Context
 * @property {string} [tool]
 * @property {Record<string, import("./sources.js").Source | null>} sources
 * @property {import("./sources.js").On} on
 * @property {import("./object.js").Scope | null} scope the members around a field
 * @property {import("./columns.js").Columns | null} columns of the database that the members around a field name
 * @property {(options: SlotOptions) => Slot} slot
 * @property {AbortSignal} [signal]
 */
/** @typedef {{schema: Schema, name: string, label: string, required: boolean, changed: () => void, context: Context}} Field */
/**
 * The control of a value.
 *
 * @typedef {object} Input
 * @property {HTMLElement} element
 * @property {HTMLElement[]} controls those that take the focus
 * @property {boolean} [isGroup] whether several controls make it up
 * @property {boolean} [isBuilt] whether an example in JSON says nothing to whoever uses it
 * @property {boolean} [hasJson] whether it is, or has, JSON by itself
 * @property {() => unknown} read undefined while nothing is given
 * @property {(value: unknown) => boolean} write answers whether the control can show the value
 * @property {() => string} [fault] what is wrong that the value doesn't tell
 * @property {() => [string | number, Slot][]} [nested] the slots inside, by their places in the value
 * @property {() => Record<string, string>} [called] what values are called that were chosen from a list
 * @property {() => void} [offerBlank] lets the person say that an empty text is meant
 */
/** @typedef {(field: Field) => Input} Make */
/** @typedef {{schema: Schema, name: string, label: string, required?: boolean, changed: () => void, context: Context, bare?: boolean}} SlotOptions `bare` has no name of its own beside it */
/**
 * @typedef {object} Slot
 * @property {HTMLElement} element
 * @property {string} label
 * @property {string} id
 * @property {() => unknown} read
 * @property {(value: unknown) => void} write
 * @property {(path: Path) => {slot: Slot, rest: Path}} at
 * @property {() => {slot: Slot, text: string}[]} faults what is wrong that the value doesn't tell, here and inside
 * @property {() => Record<string, string>} called what values are called that were chosen from lists, here and inside
 * @property {(text: string, isMissing?: boolean) => void} refuse
 * @property {() => void} focus
 */

/** Longest description that is shown at once, in characters. */
const MAX_HELP = 600;

/** @param {SlotOptions} options @returns {Slot} */
export function slot({ schema, name, label, required = false, changed, context, bare = false }) {
  const id = freshId("slot");
  let isJson = false;
  let isTouched = false;
  const told = () => {
    isTouched = true;
    refuse("");
    changed();
  };
  const input = inputFor({ schema, name, label: plain(label), required, changed: told, context });
  /** @type {Input | null} */
  let raw = null;
  const place = h("div", { class: "slot-place" });
  const wrong = h("p", { class: "wrong", id: `${id}-wrong`, "aria-live": "polite" });
  const way = h("button", { type: "button", class: "link way", on: { click: turn } });
  const none = takesNull(schema) ? checkbox("Nothing", { "aria-label": `${plain(label)}: nothing`, on: { change: () => {
    place.hidden = Boolean(none?.box.checked);
    told();
  } } }) : null;
  const help = schema.description && !bare ? h("p", { class: "help", id: `${id}-help` }, described(schema)) : null;
  const marks = [required ? h("span", { class: "required" }, " required") : null];
  // A name that the label says already is not said again.
  const code = bare || plain(label).toLowerCase() === name ? null : h("code", { class: "quiet slot-name" }, foreign(plain(name, 60)));
  const title = foreign(plain(label, 100));
  const tools = input.hasJson ? null : way;
  // Without a name beside it, it is JSON only where the form can't show what was given.
  const bareWay = bare ? h("div", { class: "slot-head", hidden: true }, tools) : null;
  const isGroup = input.isGroup && !bare;
  const named = isGroup ? h("span", { class: "label", id: `${id}-label` }, title, marks) : h("label", { for: id }, title, marks);
  const element = h("div", { class: bare ? "slot bare" : isGroup ? "slot group" : "slot", role: isGroup ? "group" : null, "aria-labelledby": isGroup ? `${id}-label` : null },
    bareWay ?? h("div", { class: "slot-head" }, named, code, none?.element, tools), help, place, wrong);
  element.addEventListener("focusout", (event) => {
    const to = /** @type {FocusEvent} */ (event).relatedTarget;
    if (isTouched && to instanceof Node && !element.contains(to) && element.isConnected) {
      self.refuse(own());
    }
  });

  const current = () => (isJson && raw ? raw : input);
  const controls = () => current().controls;

  function show() {
    replace(place, current().element);
    if (help && input.isBuilt) {
      help.hidden = !isJson && /^[`"]?[{[]/.test(schema.description);
    }
    way.textContent = isJson ? "Form" : "JSON";
    bareWay?.toggleAttribute("hidden", !isJson);
    way.setAttribute("aria-label", isJson ? `${plain(label)}: use the form` : `${plain(label)}: give it as JSON`);
    mark();
  }

  /** Ties the controls to their name, their meaning and what is wrong. */
  function mark() {
    controls().forEach((control, at) => {
      if (at === 0 && (!input.isGroup || isJson || bare)) {
        control.id = id;
      }
      control.setAttribute("aria-describedby", [help ? `${id}-help` : "", `${id}-wrong`].filter(Boolean).join(" "));
      if (required && control.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) {
        control.setAttribute("aria-required", "true");
      }
    });
  }

  /** Changes between the form and JSON; what was entered goes with it. */
  function turn() {
    if (!isJson) {
      asJson(input.read());
    } else {
      const fault = raw?.fault?.() ?? "";
      const value = raw?.read();
      if (fault) {
        self.refuse(fault);
        return;
      }
      if (!fits(value)) {
        self.refuse("The form can't show this value. It counts as it is.");
        return;
      }
      isJson = false;
      show();
    }
    self.refuse("");
    changed();
    way.focus();
  }

  /** @param {unknown} value */
  function asJson(value) {
    raw ??= jsonInput({ label: `${plain(label)} as JSON`, onChange: told });
    raw.write(value);
    isJson = true;
    show();
  }

  /** Writes a value into the form, if that says the same. @param {unknown} value */
  function fits(value) {
    // What is emptied may still be something, such as a list without items where one is required.
    const isShown = input.write(value) && (value === undefined || same(input.read(), value));
    if (!isShown) {
      input.write(undefined);
    }
    return isShown;
  }

  /** What is wrong with the value by itself. */
  function own() {
    const value = self.read();
    return (current().fault?.() ?? "") || check(value, schema).find(({ path }) => path.length === 0)?.text || "";
  }

  /** @param {string} text @param {boolean} [isMissing] */
  function refuse(text, isMissing = false) {
    if (wrong.textContent !== text) {
      replace(wrong, text ? foreign(text, { max: 400 }) : null);
    }
    if (isMissing && text) {
      input.offerBlank?.();
    }
    for (const control of controls()) {
      if (text) {
        control.setAttribute("aria-invalid", "true");
      } else {
        control.removeAttribute("aria-invalid");
      }
    }
  }

  /** @type {Slot} */
  const self = {
    element,
    label,
    id,
    read: () => (none?.box.checked ? null : current().read()),
    write: (value) => {
      if (none) {
        none.box.checked = value === null;
        place.hidden = none.box.checked;
      }
      if (none && value === null) {
        return;
      }
      if (fits(value)) {
        isJson = false;
        show();
      } else {
        asJson(value);
      }
      isTouched = false;
    },
    at: (path) => {
      const [first, ...rest] = path;
      const inside = first !== undefined && !isJson ? input.nested?.().find(([key]) => key === first)?.[1] : undefined;
      return inside ? inside.at(rest) : { slot: self, rest: path };
    },
    faults: () => {
      const text = none?.box.checked ? "" : current().fault?.() ?? "";
      const inside = isJson || none?.box.checked ? [] : (input.nested?.() ?? []).flatMap(([, one]) => one.faults());
      return text ? [{ slot: self, text }, ...inside] : inside;
    },
    called: () => Object.assign({}, isJson ? {} : input.called?.(), ...(isJson ? [] : input.nested?.() ?? []).map(([, one]) => one.called())),
    refuse,
    focus: () => {
      for (let fold = element.closest("details:not([open])"); fold; fold = fold.parentElement?.closest("details:not([open])") ?? null) {
        /** @type {HTMLDetailsElement} */ (fold).open = true;
      }
      const target = controls().find((control) => control.isConnected) ?? /** @type {HTMLElement | null} */ (place.querySelector("input, select, textarea, button")) ?? way;
      target.focus();
      target.scrollIntoView({ block: "center" });
    },
  };
  show();
  return self;
}

/** What a field means, and what counts without it. @param {Schema} schema */
function described(schema) {
  const text = String(schema.description);
  const shown = text.length > MAX_HELP ? foreign(text, { max: MAX_HELP }) : h("bdi", { class: "foreign" }, inline(text));
  const simple = ["string", "number", "boolean"].includes(typeof schema.default) && schema.default !== "";
  return [shown, simple ? ` Default: ${plain(schema.default, 60)}.` : null];
}
