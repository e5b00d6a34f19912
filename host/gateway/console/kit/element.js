// Elements of the page. Text is only ever set as text: there is no way from here to markup, so that nothing that a tool, a model or a
// workspace says can become any.

/** @typedef {Node | string | number | null | undefined | false | readonly any[]} Child */
/** @typedef {Record<string, unknown> & {on?: Record<string, (event: any) => void>}} Properties */

/** Properties of elements that attributes can't set once the person has used the element. */
const LIVE = new Set(["value", "checked", "indeterminate", "selected", "open", "disabled", "hidden"]);

/** Attributes that a browser follows. */
const ADDRESSES = new Set(["href", "src", "action", "formaction"]);

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties | null} [properties] attributes; `on` holds listeners
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    set(element, name, value);
  }
  append(element, children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function set(element, name, value) {
  if (value === null || value === undefined) {
    return;
  }
  if (name === "on") {
    for (const [kind, listener] of Object.entries(/** @type {Record<string, EventListener>} */ (value))) {
      element.addEventListener(kind, listener);
    }
  } else if (name.startsWith("on")) {
    throw new Error(`"${name}" would be a script: use "on"`);
  } else if (LIVE.has(name)) {
    Reflect.set(element, name, value);
  } else if (value === false) {
    element.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    element.setAttribute(name, ADDRESSES.has(name) ? safeAddress(text) : text);
  }
}

/**
 * An address that a browser may follow; what would run a script leads nowhere.
 *
 * @param {string} text
 */
export function safeAddress(text) {
  if (/^data:image\/(png|jpeg|gif|webp);base64,/.test(text) || text.startsWith("blob:")) {
    return text;
  }
  try {
    const { protocol } = new URL(text, location.origin);
    return ["https:", "http:", "mailto:"].includes(protocol) ? text : "about:blank";
  } catch {
    return "about:blank";
  }
}

/**
 * @param {Node} parent
 * @param {Child[]} children
 */
function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) {
      append(parent, child);
    } else if (child instanceof Node) {
      parent.appendChild(child);
    } else if (child !== null && child !== undefined && child !== false) {
      parent.appendChild(document.createTextNode(String(child)));
    }
  }
}

/**
 * Puts these children in the place of all that an element has.
 *
 * @param {Element} parent
 * @param {...Child} children
 */
export function replace(parent, ...children) {
  const fragment = document.createDocumentFragment();
  append(fragment, children);
  parent.replaceChildren(fragment);
}

/** Longest text that is shown at once, in characters: longer ones fold. */
const MAX_SHOWN = 2_000;

/**
 * Text that somebody else wrote. It can't turn the direction of what stands around it, and a long one is folded.
 *
 * @param {unknown} value
 * @param {{max?: number}} [options]
 * @returns {HTMLElement}
 */
export function foreign(value, { max = MAX_SHOWN } = {}) {
  const text = String(value ?? "");
  if (text.length <= max) {
    return h("bdi", { class: "foreign" }, text);
  }
  const whole = h("bdi", { class: "foreign" }, text.slice(0, max), "…");
  const more = h("button", {
    type: "button",
    class: "link",
    on: {
      click: () => {
        replace(whole, text);
        more.remove();
      },
    },
  }, `Show all ${text.length.toLocaleString("en")} characters`);
  return h("span", null, whole, " ", more);
}

let made = 0;

/** An id that no other element of the page has. */
export function freshId(prefix = "e") {
  made += 1;
  return `${prefix}-${made}`;
}
