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
    let isDone = false;
    /** @type {HTMLDialogElement} */
    let made;
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
              isDone = true;
              made.close();
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
    h("div", { class: "actions end" }, button({ label: "Cancel", press: () => {
      made.close();
    } }), confirm));
    made = h("dialog", { "aria-labelledby": id, on: { close: () => {
      made.remove();
      done(isDone);
    } } }, form);
    document.body.append(made);
    made.showModal();
    const first = /** @type {HTMLElement | null} */ (form.querySelector(".dialog-body :is(input, select, textarea, [role=combobox])"));
    (first ?? form.querySelector("h2"))?.focus();
  });
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
