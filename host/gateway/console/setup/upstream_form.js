// Adding an MCP server: its tools are asked for first, so that a wrong address is told at once.

import { dialog } from "../components/dialog.js";
import { checkbox, field, select, textInput } from "../components/field.js";
import { radios } from "../components/radios.js";
import { post } from "../kit/api.js";
import { h } from "../kit/element.js";

/** @returns {Promise<{name: string, tools: number} | null>} what was added */
export async function addServer() {
  const name = field({ label: "Name", required: true, help: "Its tools are called NAME_tool. Small letters and digits, at most 20, the first one a letter.", control: textInput({ maxlength: 20 }) });
  const url = field({ label: "Address", required: true, help: "Such as https://weather.example.com/mcp", control: h("input", { type: "url", autocomplete: "off", spellcheck: "false" }) });
  const transport = field({ label: "Transport", control: select([{ value: "streamable-http", label: "Streamable HTTP" }, { value: "sse", label: "HTTP+SSE, as older servers have it" }]) });
  const token = field({ label: "Token", help: "It is sent as bearer token with each request, and kept where nobody reads it.", control: h("input", { type: "password", autocomplete: "off", spellcheck: "false" }) });
  const who = radios({
    legend: "Who is asked for?",
    value: "none",
    options: [
      { value: "none", label: "Nobody", help: "The server answers everybody." },
      { value: "token", label: "This host", help: "One token for all calls." },
      { value: "oauth", label: "Whoever calls", help: "Each person signs in there with an account of their own." },
    ],
    onChange: reveal,
  });
  const near = checkbox("It is in a private network", { "aria-describedby": "near-help" });
  function reveal() {
    token.element.hidden = who.value !== "token";
  }
  reveal();

  const value = (/** @type {import("../components/field.js").Field} */ of) => /** @type {HTMLInputElement} */ (of.control).value.trim();
  const check = () => {
    const wrong = [
      [name, /^[a-z][a-z0-9]{0,19}$/.test(value(name)) ? "" : "Small letters and digits, at most 20, the first one a letter."],
      [url, isAddress(value(url)) ? "" : "An address that begins with https:// or http://"],
      [token, who.value === "token" && !value(token) ? "Paste the token." : ""],
    ];
    for (const [of, text] of wrong) {
      /** @type {import("../components/field.js").Field} */ (of).refuse(String(text));
    }
    return /** @type {import("../components/field.js").Field | undefined} */ (wrong.find(([, text]) => text)?.[0]);
  };

  /** @type {any} */
  let added = null;
  await dialog({
    title: "Add an MCP server",
    content: [
      h("p", null, "Its tools are published beside this host's own. It is asked for them now. A server that is a program on this machine is named in the configuration file alone."),
      name.element, url.element, transport.element, who.element, token.element,
      h("div", { class: "field" }, near.element, h("p", { class: "help", id: "near-help" }, "Else its address must be public, and begin with https://")),
    ],
    label: "Add",
    act: async () => {
      const wrong = check();
      if (wrong) {
        wrong.control.focus();
        return false;
      }
      added = await post("/v1/administration/upstreams", {
        name: value(name),
        url: value(url),
        transport: value(transport),
        ...(who.value === "oauth" ? { oauth: true } : {}),
        ...(who.value === "token" ? { token: value(token) } : {}),
        ...(near.box.checked ? { allow_private: true } : {}),
      });
      return true;
    },
  });
  return added;
}

/** @param {string} text */
function isAddress(text) {
  try {
    return ["https:", "http:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
