// Adding a workspace by the token of an internal integration.

import { dialog } from "../components/dialog.js";
import { field, textInput } from "../components/field.js";
import { post } from "../kit/api.js";
import { h } from "../kit/element.js";

/**
 * Asks for the name and the token; the host asks Notion first whether it is one.
 *
 * @returns {Promise<{id: string, name: string, workspace_name?: string | null} | null>} what was added
 */
export async function addIntegration() {
  const name = field({ label: "Name", required: true, help: "How it is called here, such as “team”. Tools take it as the connection's name.", control: textInput({ maxlength: 64 }) });
  const token = field({ label: "The integration's token", required: true, help: "From Notion's settings of the integration; it begins with “ntn_” or “secret_”. It is kept encrypted, and shown to nobody again.", control: h("input", { type: "password", autocomplete: "off", spellcheck: "false" }) });
  const value = (/** @type {import("../components/field.js").Field} */ of) => /** @type {HTMLInputElement} */ (of.control).value.trim();
  /** @type {any} */
  let added = null;
  await dialog({
    title: "Add an integration's token",
    content: [
      h("p", null, "An internal integration opens one workspace: the pages that were shared with it in Notion."),
      name.element,
      token.element,
    ],
    label: "Add",
    act: async () => {
      name.refuse(value(name) ? "" : "Give it a name.");
      token.refuse(value(token) ? "" : "Paste the token.");
      const missing = [name, token].find((one) => !value(one));
      if (missing) {
        missing.control.focus();
        return false;
      }
      added = await post("/v1/administration/connections", { name: value(name), token: value(token) });
      return true;
    },
  });
  return added;
}
