// Making a token, in two steps: for which client, then what it may do. The secret is shown once, at the end.

import { button, copyable, whileBusy } from "../components/button.js";
import { field, textInput } from "../components/field.js";
import { notice, problem } from "../components/notice.js";
import { radios } from "../components/radios.js";
import { get, post } from "../kit/api.js";
import { h, replace } from "../kit/element.js";
import { session } from "../kit/session.js";
import { CLIENTS, clientTexts, signInInstead } from "./clients.js";
import { isAccount } from "./connections.js";
import { short } from "./named.js";
import { placeLimit, toolLimit, useLimit } from "./token_limits.js";
import { STRENGTHS } from "./token_words.js";

/** @typedef {import("./shapes.js").Access} Access */

const ORDER = /** @type {Access[]} */ (["reads", "writes", "destroys"]);

/**
 * @param {object} options
 * @param {string} options.client the one that is chosen first
 * @param {(client: string) => void} options.onClient
 * @param {() => void} options.leave goes back to the list
 * @param {AbortSignal} options.signal
 */
export async function tokenForm({ client, onClient, leave, signal }) {
  const [{ tools }, { connections }] = await Promise.all([
    get("/v1/tools", undefined, signal),
    get("/v1/administration/connections", undefined, signal),
  ]);
  const element = h("div", { class: "form token-form" });
  const heading = h("h2", { tabindex: "-1" });
  const instead = h("div", { class: "live" });
  const wrong = h("div");

  const which = radios({ legend: "Which client is it for?", value: client, options: CLIENTS, onChange: (value) => {
    onClient(value);
    replace(instead, signInInstead(value));
    if (!isNamed) {
      nameInput.value = proposed();
    }
  } });
  const proposed = () => (which.value === "rest" || which.value === "mcp" ? "" : CLIENTS.find(({ value }) => value === which.value)?.label ?? "");
  let isNamed = false;
  const nameInput = textInput({ maxlength: 100, value: proposed(), on: { input: () => {
    isNamed = nameInput.value !== "";
  } } });
  const name = field({ label: "Name", control: nameInput, required: true, help: "Who or what uses it, so that you know what to revoke. The activity names it." });
  replace(instead, signInInstead(client));

  const strongest = radios({
    legend: "What may it do at most?",
    value: ORDER.indexOf(session().strongest) < 1 ? "reads" : "writes",
    options: ORDER.map((access) => ({ value: access, ...STRENGTHS[access] })),
  });
  const limits = [toolLimit(tools), placeLimit(connections.filter((/** @type {import("./shapes.js").Connection} */ one) => !isAccount(one))), useLimit()];

  /** @param {HTMLElement} [focused] */
  function first(focused) {
    replace(heading, "1 of 2: the client");
    replace(element, heading, which.element, instead, name.element,
      h("div", { class: "actions" }, button({ label: "Cancel", press: leave }), button({ label: "Next", kind: "primary", icon: "next", press: () => {
        if (check()) {
          second();
        }
      } })));
    focused?.focus();
  }

  function check() {
    const isMissing = !nameInput.value.trim();
    name.refuse(isMissing ? "Give it a name." : "");
    if (isMissing) {
      nameInput.focus();
    }
    return !isMissing;
  }

  function second() {
    replace(heading, "2 of 2: what it may do");
    replace(wrong);
    const create = button({ label: "Create token", kind: "primary", type: "submit" });
    const form = h("form", { class: "stack", novalidate: true, on: { submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      whileBusy(create, make);
    } } },
    heading, strongest.element, ...limits.map((limit) => limit.element), wrong,
    h("div", { class: "actions" }, button({ label: "Back", icon: "back", press: () => first(heading) }), create));
    replace(element, form);
    heading.focus();
  }

  async function make() {
    replace(wrong);
    const missing = limits.map((limit) => limit.check()).find(Boolean);
    if (missing) {
      missing.focus();
      return;
    }
    try {
      const created = await post("/v1/administration/tokens", { name: nameInput.value.trim(), strongest: strongest.value, ...Object.assign({}, ...limits.map((limit) => limit.value())) });
      finished(created);
    } catch (error) {
      replace(wrong, problem(error));
      if (/** @type {import("../kit/api.js").Problem} */ (error).code === "unreachable") {
        wrong.append(h("p", { class: "quiet" }, "See the list first: if the token is there, revoke it, since nobody has its secret."));
      }
    }
  }

  /** @param {import("./shapes.js").CreatedToken} created */
  function finished(created) {
    replace(heading, "Copy the token now");
    replace(element, heading,
      notice("done", `The token ${short(created.name)} is made. It is shown this once: the host keeps only a digest of it.`),
      copyable(created.token, { label: "token", secret: true }),
      h("h3", null, "What clients need"),
      clientTexts(created, which.value),
      h("div", { class: "actions" }, button({ label: "Done: I have copied it", kind: "primary", press: leave })));
    heading.focus();
    scrollTo(0, 0);
  }

  first();
  return element;
}
