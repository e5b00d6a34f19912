// A filled-in form as an address, and as other clients' calls.

import { button } from "../components/button.js";
import { folded } from "../components/layout.js";
import { h, replace } from "../kit/element.js";
import { note } from "../kit/router.js";
import { copies } from "./copies.js";

/** Longest filled-in form that fits in an address, in characters. */
const MAX_ADDRESS = 4_000;

/** What is no part of a form that is shared: each call has its own. */
const OF_ONE_CALL = ["idempotency_key", "preview"];

/** The arguments in the address. @param {URLSearchParams} query */
export function givenArguments(query) {
  const text = query.get("a");
  if (!text) {
    return { value: {} };
  }
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return { value: Object.fromEntries(Object.entries(value).filter(([name]) => !OF_ONE_CALL.includes(name))) };
    }
  } catch {
    // Told below.
  }
  return { value: {}, fault: "The address doesn't hold a whole form: it was left aside." };
}

/** The form as an address, and as other clients' calls. @param {string} tool @param {() => Record<string, unknown>} read */
export function sharing(tool, read) {
  const said = h("span", { class: "quiet", role: "status" });
  const body = h("div");
  const link = button({ label: "Copy link to this form", icon: "copy", press: async () => {
    const to = new URL(location.href);
    const text = asAddress(read());
    if (text === null) {
      replace(said, `The form is too long for an address: more than ${MAX_ADDRESS.toLocaleString("en")} characters.`);
      return;
    }
    to.search = text;
    try {
      await navigator.clipboard.writeText(to.href);
      replace(said, "Copied");
    } catch {
      replace(said, "The link is in the address bar.");
      history.replaceState(null, "", to);
    }
    setTimeout(() => replace(said), 6_000);
  } });
  const fold = folded("Copy as curl, MCP call or command", () => body);
  const fill = () => replace(body, copies(tool, read()));
  fold.addEventListener("toggle", () => fold.open && fill());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waits;
  return {
    link,
    said,
    copies: fold,
    changed: () => {
      if (fold.open) {
        clearTimeout(waits);
        waits = setTimeout(fill, 300);
      }
    },
    /** @param {Record<string, unknown>} input */
    noted: (input) => {
      const text = asAddress(input);
      note(new URLSearchParams(text ?? ""));
    },
  };
}

/** @param {Record<string, unknown>} input */
function asAddress(input) {
  if (Object.keys(input).length === 0) {
    return "";
  }
  const text = new URLSearchParams({ a: JSON.stringify(input) }).toString();
  return text.length < MAX_ADDRESS ? text : null;
}
