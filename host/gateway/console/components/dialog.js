// Dialogs, over the browser's own: it keeps the focus inside, and gives it back.

import { foreign, freshId, h, replace } from "../kit/element.js";
import { button, whileBusy } from "./button.js";
import { problem } from "./notice.js";

/**
 * Opens a dialog with a form. It closes once what it is for has been done, or the person leaves it.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {import("../kit/element.js").Child} options.content
 * @param {string} options.label what the button does, such as "Create token"
 * @param {"primary" | "danger"} [options.kind]
 * @param {() => unknown} [options.act] carried out by the button; what it throws is shown, and the dialog stays
 * @returns {Promise<boolean>} whether it was done
 */
export function dialog({ title, content, label, kind = "primary", act }) {
  return new Promise((done) => {
    const id = freshId("dialog");
    const wrong = h("div", { "aria-live": "assertive" });
    const confirm = button({ label, kind, type: "submit" });
    const opener = /** @type {HTMLElement | null} */ (document.activeElement);
    let isOver = false;
    /** @type {HTMLDialogElement} */
    let made;
    // At once, and not when the browser tells of it: whoever presses the opener again is heard.
    const leave = (isDone = false) => {
      if (isOver) {
        return;
      }
      isOver = true;
      made.close();
      made.remove();
      giveBack(opener);
      done(isDone);
    };
    /** @type {HTMLFormElement} */
    const form = h("form", {
      method: "dialog",
      novalidate: true,
      on: {
        submit: (event) => {
          event.preventDefault();
          replace(wrong);
          whileBusy(confirm, async () => {
            try {
              if ((await act?.()) === false) {
                return;
              }
              leave(true);
            } catch (error) {
              replace(wrong, problem(error));
            }
          });
        },
      },
    },
    h("h2", { id, tabindex: "-1" }, title),
    h("div", { class: "dialog-body" }, content),
    wrong,
    h("div", { class: "actions end" }, button({ label: "Cancel", press: () => leave() }), confirm));
    made = h("dialog", { "aria-labelledby": id, on: { close: () => leave(), cancel: (event) => {
      // A file that isn't chosen after all is cancelled, too, and only its field.
      if (event.target === made) {
        event.preventDefault();
        leave();
      }
    } } }, form);
    document.body.append(made);
    made.showModal();
    const first = /** @type {HTMLElement | null} */ (form.querySelector(".dialog-body :is(input, select, textarea, [role=combobox])"));
    (first ?? form.querySelector("h2"))?.focus();
  });
}

/** The browser gives the focus back to what had it, unless that part of the page was made anew since. @param {HTMLElement | null} opener */
function giveBack(opener) {
  const key = opener?.isConnected ? undefined : opener?.dataset.keep;
  if (key !== undefined) {
    const kept = [...document.querySelectorAll("[data-keep]")].find((one) => /** @type {HTMLElement} */ (one).dataset.keep === key);
    /** @type {HTMLElement | undefined} */ (kept)?.focus({ preventScroll: true });
  }
}

/**
 * Asks before something that can't be taken back.
 *
 * @param {object} options
 * @param {string} options.title a question, such as "Revoke the token?"
 * @param {string} options.text what happens then
 * @param {string} options.label
 * @param {() => unknown} options.act
 */
export const confirm = ({ title, text, label, act }) => dialog({ title, content: h("p", null, foreign(text)), label, kind: "danger", act });
