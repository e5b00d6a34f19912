// Who is signed in, what acts for them, and the way out.

import { button, copyable } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { card, facts, pageHead, section } from "../components/layout.js";
import { listing } from "../components/listing.js";
import { empty } from "../components/notice.js";
import { outcome } from "../components/outcome.js";
import { watched } from "../components/watched.js";
import { get, post } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { session, signedOut } from "../kit/session.js";
import { counted } from "../kit/words.js";
import { connectionsOf, nameThem } from "../setup/connections.js";
import { grantColumns, withdrawn } from "../setup/grants.js";
import { short } from "../setup/named.js";
import { STRENGTHS } from "../setup/token_words.js";

/** @typedef {import("../setup/shapes.js").Grant} Grant */

const KINDS = {
  operator: "The operator of this host",
  person: "A person, signed in through Notion",
  token: "The bearer of a token",
  oauth: "A program that acts for somebody",
};

/** @type {import("../kit/router.js").Show} */
export async function show({ signal }) {
  const { name, kind, administers, strongest, addresses } = session();
  const said = outcome();

  /** @param {Grant} grant */
  async function withdraw(grant) {
    if (await withdrawn(grant, "/v1/account/grants")) {
      said.done(`${short(grant.client_name)} may do nothing for you any more.`);
      await account.again();
    }
  }

  /** @param {boolean} everywhere */
  async function leave(everywhere) {
    await post("/v1/account/sign-out", { everywhere });
    signedOut();
  }

  const here = button({ label: "Sign out", kind: "primary", press: () => said.attempt(() => leave(false)) });
  /** @param {number} sessions */
  const everywhere = (sessions) => button({
    label: "Sign out everywhere",
    press: () => confirm({
      title: "Sign out everywhere?",
      text: `${counted(sessions, "browser")}, this one too, ${sessions === 1 ? "is" : "are"} signed out at once, also with a page open. Programs that act for you are not: withdraw them below.`,
      label: "Sign out everywhere",
      act: () => leave(true),
    }),
  });

  /** @type {Map<string, string>} */
  const names = new Map();
  const programs = listing({
    caption: "Programs that act for you",
    noun: "program",
    columns: grantColumns({ withOwner: false, names, withdraw }),
    words: (/** @type {Grant} */ grant) => grant.client_name,
    none: empty("No program acts for you. When ChatGPT, Claude or an editor asks for it, you choose what it may do, and it is listed here."),
  });

  const account = watched({
    load: async () => {
      const [own, connections] = await Promise.all([get("/v1/account", undefined, signal), connectionsOf(signal)]);
      return { own: /** @type {import("../setup/shapes.js").Account} */ (own), connections };
    },
    signal,
    on: ["activity"],
    every: 5_000,
    show: ({ own, connections }) => {
      nameThem(names, connections);
      programs.set(own.grants);
      return h("div", null,
        card(
          facts([
            ["Signed in as", h("strong", null, foreign(name, { max: 80 }))],
            ["Who that is", KINDS[kind] ?? kind],
            ["May", `${STRENGTHS[strongest]?.label ?? strongest}${administers ? ", and administer this host" : ""}`],
            ["Signed in at", counted(own.sessions, "browser")],
          ]),
          h("div", { class: "actions" }, here, everywhere(own.sessions))),
        section("Programs that act for you", programs.element));
    },
  });
  await account.ready;

  return h("div", null,
    pageHead({ title: "Account", lead: "Who you are to this host, and what you let act for you." }),
    said.element,
    account.element,
    section("Addresses", h("p", { class: "quiet" }, "What a program is given to find this host. What it may do there is a matter of its token, or of what you let it do."),
      [["MCP", addresses.mcp], ["REST", addresses.rest], ["OpenAPI for Actions", addresses.openapi], ["OpenAPI of everything", addresses.openapi_full]].map(([label = "", address = ""]) => h("div", { class: "stack tight" },
        h("h3", null, label), copyable(address, { label: `address of ${label}` })))));
}
