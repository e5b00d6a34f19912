// Addresses of the console. Each page has one, so that it can be kept, shared and opened in another tab.

import { h, replace } from "./element.js";
import { problem } from "../components/notice.js";
import { isSignedOut } from "./session.js";

/**
 * @typedef {object} View
 * @property {Record<string, string>} parameters what the address names
 * @property {URLSearchParams} query
 * @property {AbortSignal} signal ends when the person leaves the page
 * @property {(title: string) => void} setTitle names the page once its name is known
 */
/** @typedef {(view: View) => Promise<Node> | Node} Show */
/** @typedef {{path: string, title: string, load: () => Promise<{show: Show}>}} Page */

const BASE = "/console";

/** @type {Page[]} */
let pages = [];
/** @type {HTMLElement} */
let outlet;
let leaving = new AbortController();

/**
 * Begins to show pages.
 *
 * @param {Page[]} known
 * @param {HTMLElement} into
 */
export function start(known, into) {
  pages = known;
  outlet = into;
  addEventListener("popstate", () => show(false));
  document.addEventListener("click", follow);
  return show(true);
}

/** The address of a page: `address("tools", name)`. @param {...string} parts */
export const address = (...parts) => [BASE, ...parts.map(encodeURIComponent)].join("/");

/**
 * Goes to a page.
 *
 * @param {string} to a path of the console, perhaps with a query
 * @param {{replacing?: boolean}} [options] without an entry in the history
 */
export function go(to, { replacing = false } = {}) {
  if (replacing) {
    history.replaceState(null, "", to);
  } else {
    history.pushState(null, "", to);
  }
  return show(false);
}

/** Notes in the address what the page shows now, without showing it again. @param {URLSearchParams} query */
export function note(query) {
  const text = query.toString();
  history.replaceState(null, "", text ? `${location.pathname}?${text}` : location.pathname);
}

/** @param {MouseEvent} event */
function follow(event) {
  const target = /** @type {Element | null} */ (event.target instanceof Element ? event.target : null);
  const link = /** @type {HTMLAnchorElement | null} */ (target?.closest("a[href]") ?? null);
  const isOurs = link && link.origin === location.origin && !link.target && !link.hasAttribute("download")
    && (link.pathname === BASE || link.pathname.startsWith(`${BASE}/`)) && !link.pathname.startsWith(`${BASE}/assets/`);
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link && isOurs && isPlain && !event.defaultPrevented && !(link.hash && link.pathname === location.pathname)) {
    event.preventDefault();
    go(link.pathname + link.search);
  }
}

/** @param {boolean} isFirst */
async function show(isFirst) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const found = match(location.pathname);
  dispatchEvent(new CustomEvent("toolbay:page", { detail: found?.page.path ?? "" }));
  let content;
  let title = found?.page.title ?? "Nothing here";
  const setTitle = (/** @type {string} */ name) => {
    title = name;
    if (!signal.aborted) {
      entitle(name);
    }
  };
  entitle(title);
  outlet.setAttribute("aria-busy", "true");
  try {
    content = found
      ? await (await found.page.load()).show({ parameters: found.parameters, query: new URLSearchParams(location.search), signal, setTitle })
      : h("div", null, h("h1", null, title), h("p", null, "The console has no page at this address. ", h("a", { href: BASE }, "Go to the overview")));
  } catch (error) {
    if (signal.aborted || isSignedOut()) {
      return;
    }
    content = h("div", null, h("h1", null, title), problem(error));
  }
  if (signal.aborted || isSignedOut()) {
    return;
  }
  replace(outlet, content);
  outlet.removeAttribute("aria-busy");
  entitle(title);
  // The first page keeps the focus where the browser has it, so that the link past the menu comes first.
  if (!isFirst) {
    const heading = outlet.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

/** @param {string} title */
function entitle(title) {
  // A title is text of the browser's own bar: marks of direction would turn it.
  const plain = title.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").slice(0, 120);
  document.title = `${plain} - Toolbay`;
}

/** @param {string} pathname */
function match(pathname) {
  const parts = split(pathname);
  for (const page of pages) {
    const wanted = split(page.path);
    if (wanted.length !== parts.length) {
      continue;
    }
    /** @type {Record<string, string>} */
    const parameters = {};
    const fits = wanted.every((part, place) => {
      const actual = parts[place] ?? "";
      if (part.startsWith(":")) {
        parameters[part.slice(1)] = actual;
        return true;
      }
      return part === actual;
    });
    if (fits) {
      return { page, parameters };
    }
  }
  return null;
}

/** @param {string} path */
function split(path) {
  return path.split("/").filter(Boolean).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}
