// Databases and pages, found by name as one types.

import { button } from "../components/button.js";
import { pageHead } from "../components/layout.js";
import { empty, notice, problem, waiting } from "../components/notice.js";
import { call } from "../kit/api.js";
import { catalog } from "../kit/catalog.js";
import { h, replace } from "../kit/element.js";
import { address, go, note } from "../kit/router.js";
import { session } from "../kit/session.js";
import { counted } from "../kit/words.js";
import { databaseAddress, idIn, pageAddress, writeAddress } from "../workspace/address.js";
import { chooseConnection } from "../workspace/connection.js";
import { find, foundTable } from "../workspace/found.js";
import { without } from "../workspace/missing.js";

/** How long a person types before names are searched, in milliseconds. */
const TYPING = 250;
/** Names that are shown at first, and most of one kind. */
const FIRST = 10;
const MAX = 100;

/** @typedef {{found: import("../workspace/found.js").Found[], next: string | undefined}} Answer */

/** @type {import("../kit/router.js").Show} */
export async function show({ query, signal }) {
  const [tools, chosen] = await Promise.all([catalog(), chooseConnection(query, signal)]);
  const connection = chosen.id;
  const head = pageHead({
    title: "Databases",
    lead: "What is shared with this connection: databases with their rows, and pages.",
    actions: tools.has("create_page") && !chosen.isNone ? h("a", { class: "button", href: writeAddress(null, connection) }, "New page") : null,
  });
  if (chosen.isNone) {
    return h("div", null, head, empty("No workspace is connected yet.", h("a", { class: "button primary", href: address("connections") }, session().administers ? "Connect a workspace" : "See the connections")));
  }
  if (!tools.has("search")) {
    return h("div", null, head, chosen.picker, without("Names can't be searched here", "search"));
  }

  let words = (query.get("q") ?? "").trim();
  /** @type {Record<"database" | "page", Answer>} */
  const answers = { database: { found: [], next: undefined }, page: { found: [], next: undefined } };
  let asking = new AbortController();
  signal.addEventListener("abort", () => asking.abort());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  const said = h("p", { class: "unseen", role: "status" });
  const results = h("div", null, waiting());
  const search = h("input", {
    type: "search",
    id: "find-name",
    autocomplete: "off",
    spellcheck: "false",
    value: words,
    placeholder: "A name, or a link to Notion",
    on: {
      input: () => {
        clearTimeout(typing);
        typing = setTimeout(() => look(search.value.trim()), TYPING);
      },
      keydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          clearTimeout(typing);
          look(search.value.trim(), true);
        }
      },
    },
  });
  signal.addEventListener("abort", () => clearTimeout(typing));

  /** @param {string} text @param {boolean} [isSent] whether the person wants to go there */
  async function look(text, isSent = false) {
    asking.abort();
    asking = new AbortController();
    const own = asking.signal;
    words = text;
    const kept = new URLSearchParams(location.search);
    if (text) {
      kept.set("q", text);
    } else {
      kept.delete("q");
    }
    note(kept);
    results.setAttribute("aria-busy", "true");
    const id = idIn(text);
    try {
      if (id) {
        await linked(id, own, isSent);
        return;
      }
      const ask = (/** @type {"page" | "database"} */ kind) => find({ kind, words: text, limit: FIRST, connection, signal: own });
      [answers.database, answers.page] = await Promise.all([ask("database"), ask("page")]);
      if (!own.aborted) {
        fill();
        said.textContent = text ? `${counted(answers.database.found.length, "database")} and ${counted(answers.page.found.length, "page")} shown` : "";
      }
    } catch (error) {
      if (!own.aborted) {
        replace(results, problem(error));
      }
    } finally {
      if (!own.aborted) {
        results.removeAttribute("aria-busy");
      }
    }
  }

  /** What a link names. @param {string} id @param {AbortSignal} own @param {boolean} isSent */
  async function linked(id, own, isSent) {
    const kind = await kindOf(id, connection, own);
    if (own.aborted) {
      return;
    }
    const to = kind === "database" ? databaseAddress(id, connection) : pageAddress(id, connection);
    if (kind && isSent) {
      await go(to);
      return;
    }
    replace(results, kind ? h("p", null, h("a", { class: "button", href: to }, `Open the ${kind} of this link`)) : notice("info", "This connection sees nothing with this id.", "Share it with the integration in Notion."));
  }

  function fill() {
    replace(results, part("database", words ? "Databases" : "Databases edited last"), part("page", words ? "Pages" : "Pages edited last"));
  }

  /** @param {"page" | "database"} kind @param {string} title */
  function part(kind, title) {
    const { found, next } = answers[kind];
    const noun = kind === "database" ? "database" : "page";
    const more = next && found.length < MAX ? button({ label: "Show more", describes: title, press: async () => {
      const place = found.length;
      try {
        const answer = await find({ kind, words, limit: Math.min(50, MAX - found.length), cursor: next, connection, signal: asking.signal });
        answers[kind] = { found: [...found, ...answer.found], next: answer.next };
        fill();
        /** @type {HTMLElement | undefined} */ (results.querySelectorAll(`.${kind} a.found`)[place])?.focus();
      } catch (error) {
        if (!asking.signal.aborted) {
          results.append(problem(error));
        }
      }
    } }) : null;
    const narrow = next && found.length >= MAX ? h("p", { class: "quiet" }, "There are more: type to narrow them.") : null;
    return h("section", { class: `section ${kind}` }, h("h2", null, title),
      foundTable(kind, found, connection, words ? `No ${noun} has this in its name.` : `No ${noun} is shared with this connection.`), more ? h("div", { class: "actions" }, more) : null, narrow);
  }

  look(words);
  return h("div", { class: "workspace" }, head, chosen.picker, h("div", { class: "field find" }, h("label", { for: "find-name" }, "Find by name"), search), said, results);
}

/** @param {string} id @param {string | undefined} connection @param {AbortSignal} signal @returns {Promise<"page" | "database" | null>} */
async function kindOf(id, connection, signal) {
  const where = connection ? { connection_id: connection } : {};
  const isThere = (/** @type {string} */ tool, /** @type {string} */ member) => call(tool, { [member]: id, ...where }, { signal }).then(() => true, () => false);
  const [isPage, isDatabase] = await Promise.all([isThere("get_page", "page_id"), isThere("get_database", "database_id")]);
  return isPage ? "page" : isDatabase ? "database" : null;
}
