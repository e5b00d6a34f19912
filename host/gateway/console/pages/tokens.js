// Tokens: who may call this host without a person, and how far they reach. Programs that people let in are here, too.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { folded, pageHead, section, when } from "../components/layout.js";
import { listing } from "../components/listing.js";
import { badge, empty } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { kept, watched } from "../components/watched.js";
import { get, remove } from "../kit/api.js";
import { h } from "../kit/element.js";
import { go, note } from "../kit/router.js";
import { CLIENTS } from "../setup/clients.js";
import { nameThem } from "../setup/connections.js";
import { grantColumns, withdrawn } from "../setup/grants.js";
import { named, short } from "../setup/named.js";
import { tokenForm } from "../setup/token_form.js";
import { isInForce, may } from "../setup/token_words.js";

/** @typedef {import("../setup/shapes.js").Token} Token */

const LIST = "/console/tokens";

/** @type {import("../kit/router.js").Show} */
export async function show(view) {
  return view.query.has("new") ? creation(view) : list(view);
}

/** @param {import("../kit/router.js").View} view */
async function creation({ query, signal, setTitle }) {
  const client = CLIENTS.find(({ value }) => value === query.get("new"))?.value ?? "chatgpt";
  const form = await tokenForm({
    client,
    onClient: (value) => note(new URLSearchParams({ new: value })),
    leave: () => go(LIST),
    signal,
  });
  setTitle("New token");
  return h("div", null,
    pageHead({ title: "New token", lead: "A token lets one program call this host. It is a secret: whoever has it may do what it may do.", back: { href: LIST, label: "Tokens" } }),
    form);
}

/** @param {import("../kit/router.js").View} view */
async function list({ signal }) {
  const said = outcome();
  /** @type {Map<string, string>} */
  const names = new Map();

  /** @param {Token} token */
  async function revoke(token) {
    const name = short(token.name);
    const isDone = await confirm({
      title: `Revoke ${name}?`,
      text: `Whoever uses the token ${name} is refused within seconds, its jobs end, and so does what programs were allowed with it. A revoked token never works again.`,
      label: "Revoke",
      act: () => remove(`/v1/administration/tokens/${encodeURIComponent(token.id)}`),
    });
    if (isDone) {
      said.done(`The token ${name} is revoked.`);
      await tokens.again();
    }
  }

  /** @param {import("../setup/shapes.js").Grant} grant */
  async function withdraw(grant) {
    if (await withdrawn(grant, "/v1/administration/clients")) {
      said.done(`${short(grant.client_name)} may do nothing here any more.`);
      await tokens.again();
    }
  }

  const create = () => button({ label: "Create token", icon: "add", kind: "primary", press: () => go(`${LIST}?new=`) });
  const columns = /** @type {import("../components/table.js").Column<Token>[]} */ ([
    { name: "Name", show: (token) => [named(token.name), token.administers ? [" ", badge("administers", "destroys")] : null] },
    { name: "May", show: (token) => [h("span", null, may(token, names)), details(token)] },
    { name: "Last used", show: (token) => when(token.last_used_at) },
    { name: "Ends", show: (token) => (token.revoked_at ? h("span", null, badge("revoked", "bad"), " ", when(token.revoked_at)) : when(token.expires_at)) },
    { name: "Actions", kind: "actions", show: (token) => (token.revoked_at ? null : h("div", { class: "actions" }, kept(button({ label: "Revoke", describes: short(token.name), press: () => revoke(token) }), `revoke-${token.id}`))) },
  ]);
  const words = (/** @type {Token} */ token) => `${token.name} ${may(token, names)}`;
  const inForce = listing({ caption: "Tokens in force", noun: "token", columns, words, none: empty("No token is in force. A program, or a client such as ChatGPT's Actions, Cursor or VS Code, calls this host with one. It comes with what to paste there.", create()) });
  const over = listing({ caption: "Tokens that are over", noun: "token", columns, words });
  const programs = listing({
    caption: "Programs that people let in",
    noun: "program",
    columns: grantColumns({ withOwner: true, names, withdraw }),
    words: (/** @type {import("../setup/shapes.js").Grant} */ grant) => `${grant.client_name} ${grant.owner?.name ?? ""}`,
    none: empty("Nobody has let a program in. ChatGPT, Claude and editors that sign in by themselves are here once somebody has."),
  });

  const tokens = watched({
    load: async () => {
      const [{ tokens: all }, { connections }, { grants }] = await Promise.all([
        get("/v1/administration/tokens", undefined, signal),
        get("/v1/administration/connections", undefined, signal),
        get("/v1/administration/clients", undefined, signal),
      ]);
      return { all: /** @type {Token[]} */ (all), connections, grants };
    },
    signal,
    on: ["activity"],
    every: 5_000,
    show: ({ all, connections, grants }) => {
      nameThem(names, connections);
      const newest = all.toReversed();
      const gone = newest.filter((token) => !isInForce(token));
      inForce.set(newest.filter(isInForce));
      over.set(gone);
      programs.set(grants);
      return h("div", null, inForce.element,
        gone.length ? h("div", { class: "section" }, kept(folded(`${gone.length.toLocaleString("en")} revoked or ended`, () => over.element), "over")) : null,
        section("Programs that people let in", h("p", { class: "quiet" }, "They sign in by themselves and have no token. Each may do at most what the person who let it in may do."), programs.element));
    },
  });
  await tokens.ready;

  return h("div", null,
    pageHead({ title: "Tokens", lead: "Each program that calls this host has a token of its own, so that it can do what it needs and be revoked alone.", actions: create() }),
    said.element,
    tokens.element);
}

/** What a sentence leaves out: all tools and parts that are named. @param {Token} token */
function details({ tools, within }) {
  const parts = [
    tools !== "all" && tools.length > 3 ? ["Tools", tools] : null,
    within !== "all" ? ["Pages and databases", within] : null,
  ].filter((part) => part !== null);
  return parts.length ? folded("Show which", () => parts.map(([title, values]) => h("p", null, h("strong", null, /** @type {string} */ (title), ": "), named(/** @type {string[]} */ (values).slice(0, 500).join(", "))))) : null;
}
