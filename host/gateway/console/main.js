// The console's beginning: who is signed in, the menu, and the page of the address.

import { icon } from "./components/icon.js";
import { problem } from "./components/notice.js";
import { foreign, h } from "./kit/element.js";
import { listen } from "./kit/live.js";
import { start } from "./kit/router.js";
import { begin, isSignedOut } from "./kit/session.js";
import { GROUPS, PAGES } from "./pages.js";

/** @param {import("./kit/session.js").Session} session */
function menu(session) {
  const isTheirs = (/** @type {import("./pages.js").MenuPage} */ page) => page.menu
    && (page.menu.needs !== "administers" || session.administers)
    && (page.menu.needs !== "chat" || session.chat);
  const groups = Object.entries(GROUPS).map(([group, name]) => h("div", null,
    h("p", { class: "group", id: `group-${group}` }, name),
    h("ul", { "aria-labelledby": `group-${group}` }, PAGES.filter((page) => isTheirs(page) && page.menu?.group === group)
      .map((page) => h("li", null, h("a", { href: page.path, "data-page": page.path }, page.menu && icon(page.menu.icon), page.menu?.label))))));
  const who = h("div", { class: "who" },
    h("span", null, "Signed in as ", h("strong", null, foreign(session.name, { max: 60 }))),
    h("span", { class: "quiet" }, `Toolbay ${session.version}`));
  return h("nav", { class: "menu", id: "menu", "aria-label": "Console" }, brand(), groups, who);
}

const brand = () => h("a", { class: "brand", href: "/console" }, h("img", { src: "/console/assets/icon.svg", alt: "", width: 28, height: 28 }), "Toolbay");

/** @param {HTMLElement} opened */
function topbar(opened) {
  const toggle = h("button", { type: "button", "aria-expanded": "false", "aria-controls": "menu", on: { click: () => open(!opened.classList.contains("open")) } }, icon("menu"), "Menu");
  /** @param {boolean} isOpen */
  function open(isOpen) {
    opened.classList.toggle("open", isOpen);
    toggle.setAttribute("aria-expanded", String(isOpen));
  }
  addEventListener("toolbay:page", () => open(false));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opened.classList.contains("open")) {
      open(false);
      toggle.focus();
    }
  });
  return h("header", { class: "topbar" }, brand(), toggle);
}

/** Marks the page of the menu that is shown, or the one above it. @param {HTMLElement} shown */
function markPages(shown) {
  addEventListener("toolbay:page", (event) => {
    const path = String(/** @type {CustomEvent} */ (event).detail).replace(/\/:.*$/, "");
    for (const link of shown.querySelectorAll("[data-page]")) {
      const own = link.getAttribute("data-page");
      if (own === path || (path === "/" && own === "/console")) {
        link.setAttribute("aria-current", "page");
      } else {
        link.removeAttribute("aria-current");
      }
    }
  });
}

async function main() {
  try {
    const session = await begin();
    const shown = menu(session);
    const outlet = h("main", { class: "outlet", id: "content", tabindex: "-1" });
    markPages(shown);
    document.body.replaceChildren(
      h("a", { class: "skip button", href: "#content", on: { click: (event) => {
        event.preventDefault();
        outlet.focus();
      } } }, "Skip to the page"),
      h("div", { class: "shell" }, topbar(shown), shown, outlet));
    listen();
    await start(PAGES, outlet);
  } catch (error) {
    if (!isSignedOut()) {
      document.body.className = "sheet";
      document.body.replaceChildren(h("main", null, h("h1", null, "Toolbay"), problem(error)));
    }
  }
}

main();
