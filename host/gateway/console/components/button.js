// Buttons. One that asks the host for something can't be pressed again until the answer is there, and says so.

import { h, replace } from "../kit/element.js";
import { icon } from "./icon.js";

/**
 * @param {object} options
 * @param {string} options.label
 * @param {() => unknown} [options.press] what it does; a promise keeps it busy until it ends
 * @param {"primary" | "plain" | "danger" | "link"} [options.kind]
 * @param {import("./icon.js").IconName} [options.icon]
 * @param {"button" | "submit"} [options.type]
 * @param {string} [options.describes] what it is about, for those who hear the label alone
 * @param {boolean} [options.disabled]
 */
export function button({ label, press, kind = "plain", icon: picture, type = "button", describes, disabled }) {
  const face = h("span", null, label);
  const made = h("button", { type, class: kind, disabled, "aria-label": describes ? `${label}: ${describes}` : null }, picture && icon(picture), face);
  if (press) {
    made.addEventListener("click", () => whileBusy(made, press));
  }
  return made;
}

/**
 * Holds a button while something is under way. It keeps the focus, so that nobody is thrown to the top of the page.
 *
 * @param {HTMLElement} held
 * @param {() => unknown} work
 */
export async function whileBusy(held, work) {
  if (held.getAttribute("aria-busy") === "true") {
    return;
  }
  held.setAttribute("aria-busy", "true");
  held.setAttribute("aria-disabled", "true");
  try {
    return await work();
  } finally {
    held.removeAttribute("aria-busy");
    held.removeAttribute("aria-disabled");
  }
}

/** What stands for a text that isn't shown. */
const COVER = "•".repeat(24);

/**
 * Text with a button that copies it.
 *
 * @param {string} text
 * @param {{label: string, secret?: boolean, hidden?: string}} options what it is, for the button's name; a secret, or the hidden part of a text, is shown only on demand
 */
export function copyable(text, { label, secret = false, hidden = "" }) {
  const covered = secret ? COVER : hidden ? text.replaceAll(hidden, COVER) : text;
  const shown = h("pre", { class: "copyable", tabindex: "0" }, h("code", null, covered));
  const said = h("span", { role: "status", class: "quiet" });
  const copy = button({
    label: "Copy",
    icon: "copy",
    describes: label,
    press: async () => {
      try {
        await navigator.clipboard.writeText(text);
        replace(said, "Copied");
      } catch {
        // Without the clipboard, as over plain HTTP, the person copies what is marked.
        uncover(true);
        getSelection()?.selectAllChildren(shown);
        replace(said, "Marked: press Ctrl+C");
      }
      setTimeout(() => replace(said), 4_000);
    },
  });
  const reveal = button({ label: "Show", describes: label, press: () => uncover(reveal.getAttribute("aria-pressed") !== "true") });
  /** @param {boolean} isShown */
  function uncover(isShown) {
    replace(shown, h("code", null, isShown ? text : covered));
    reveal.setAttribute("aria-pressed", String(isShown));
  }
  reveal.setAttribute("aria-pressed", "false");
  return h("div", { class: "copy-row" }, shown, h("div", { class: "actions" }, copy, covered === text ? null : reveal, said));
}
