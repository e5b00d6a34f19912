// Who is signed in. When that ends, the tab shows nothing any more.

import { get, useFormToken } from "./api.js";
import { h } from "./element.js";

/**
 * @typedef {object} Session
 * @property {string} name
 * @property {"operator" | "person" | "token" | "oauth"} kind
 * @property {boolean} administers
 * @property {"reads" | "writes" | "destroys"} strongest
 * @property {string} form_token
 * @property {string} version
 * @property {boolean} chat
 * @property {boolean} people_may_sign_in
 * @property {string[]} profiles
 * @property {{mcp: string, rest: string, openapi: string, openapi_full: string}} addresses
 */

/** @type {Session | null} */
let current = null;
let isOut = false;

/** Who is signed in. Pages are shown only once that is known. */
export function session() {
  if (!current) {
    throw new Error("nobody is signed in yet");
  }
  return current;
}

/** Asks the host who is signed in. */
export async function begin() {
  current = /** @type {Session} */ (await get("/v1/session"));
  useFormToken(current.form_token ?? "");
  return current;
}

/** Takes everything from the tab: whoever sits here now may be somebody else. */
export function signedOut() {
  if (isOut) {
    return;
  }
  isOut = true;
  const was = current !== null;
  current = null;
  useFormToken("");
  forget();
  document.title = "Toolbay";
  const again = h("a", { href: "/sign-in", class: "button" }, "Sign in");
  const words = was ? "You are signed out." : "Sign in to use this host.";
  document.body.className = "sheet";
  document.body.replaceChildren(h("main", null, h("h1", { tabindex: "-1" }, "Toolbay"), h("p", null, words), h("p", null, again)));
  dispatchEvent(new Event("toolbay:signed-out"));
  if (!was) {
    location.replace("/sign-in");
    return;
  }
  again.focus();
}

/** Takes away what the tab and the browser have kept, such as drafts and chosen columns, whatever page is shown. */
function forget() {
  try {
    for (const storage of [sessionStorage, localStorage]) {
      for (const key of Object.keys(storage).filter((one) => one.startsWith("toolbay:"))) {
        storage.removeItem(key);
      }
    }
  } catch {
    // Without storage there is nothing to take away.
  }
}

/** Whether the tab has been emptied. */
export const isSignedOut = () => isOut;

// A page that the browser kept, and shows again on the way back, was made for whoever was signed in then.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});
