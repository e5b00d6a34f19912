// The programs that use this host with a token, and what each of them needs.

import { copyable } from "../components/button.js";
import { tabs } from "../components/layout.js";
import { notice } from "../components/notice.js";
import { h } from "../kit/element.js";
import { session } from "../kit/session.js";

/** `text` is the name under which the host tells what such a client needs. */
export const CLIENTS = [
  { value: "chatgpt", label: "ChatGPT", help: "An Action of a custom GPT.", text: "ChatGPT" },
  { value: "claude", label: "Claude Code", help: "In a shell. Claude on the web and on the desktop takes no token: it signs in.", text: "Claude Code" },
  { value: "cursor", label: "Cursor", help: "The editor, over MCP.", text: "Cursor" },
  { value: "vscode", label: "VS Code", help: "The editor, over MCP.", text: "VS Code" },
  { value: "rest", label: "A program of your own", help: "Over REST, with curl or any HTTP client.", text: "curl" },
  { value: "mcp", label: "Another MCP client", help: "Any client that takes an address and a header.", text: "Another MCP client" },
];

/** Whether services in the cloud can reach this host. */
export function isPublic() {
  try {
    const { protocol, hostname } = new URL(session().addresses.mcp);
    return protocol === "https:" && hostname !== "localhost" && !hostname.endsWith(".localhost") && !/^(127\.|\[::1\]$)/.test(hostname);
  } catch {
    return false;
  }
}

/** How a client signs in by itself, where it can; then it needs no token. @param {string} client */
export function signInInstead(client) {
  const { addresses } = session();
  const steps = {
    chatgpt: ["ChatGPT can sign in by itself", "In ChatGPT: Settings → Security and login → Developer mode. Then press + at chatgpt.com/plugins, give it this address, and choose OAuth."],
    claude: ["Claude can sign in by itself", "In Claude: Settings → Connectors → Add custom connector. Give it this address, then press Connect."],
  }[client];
  if (!steps) {
    return null;
  }
  if (!isPublic()) {
    return notice("info", `${client === "chatgpt" ? "ChatGPT works in the cloud: it" : "Claude on the web"} reaches this host at a public https address alone, and this one's is ${addresses.mcp}.`, "A tunnel or a reverse proxy gives it one; TOOLBAY_PUBLIC_URL names it to the host.");
  }
  return h("div", { class: "card instead" },
    h("p", null, h("strong", null, `${steps[0]}, without a token.`), " Whoever uses it is asked which workspaces it may use, and what it may do there."),
    h("p", null, steps[1]),
    copyable(addresses.mcp, { label: "address of MCP" }));
}

/**
 * What each client needs, with the token in it.
 *
 * @param {import("./shapes.js").CreatedToken} created
 * @param {string} first the client whose text is shown first
 */
export function clientTexts({ token, clients }, first) {
  const { addresses } = session();
  const own = [
    { name: "ChatGPT", content: () => [
      isPublic() ? null : notice("warning", "ChatGPT works in the cloud, and this host has no public https address.", "TOOLBAY_PUBLIC_URL names one, behind a tunnel or a reverse proxy."),
      h("p", null, "In the editor of the GPT: Configure → Create new action → Import from URL. The address is:"),
      copyable(addresses.openapi, { label: "address of the OpenAPI document" }),
      h("p", null, "Authentication: API key, with the type Bearer. The key is the token."),
    ] },
    ...clients.map(({ name, place, text }) => ({ name, content: () => [h("p", null, sentence(place)), copyable(laidOut(text), { label: `configuration of ${name}`, hidden: token })] })),
    { name: "Another MCP client", content: () => [
      h("p", null, "Address (Streamable HTTP):"),
      copyable(addresses.mcp, { label: "address of MCP" }),
      h("p", null, "Header of each request:"),
      copyable(`Authorization: Bearer ${token}`, { label: "header", hidden: token }),
    ] },
  ];
  const wanted = CLIENTS.find((client) => client.value === first)?.text;
  return tabs("Clients", [...own.filter(({ name }) => name === wanted), ...own.filter(({ name }) => name !== wanted)]);
}

/** Where a text belongs, such as "in a shell". @param {string} place */
const sentence = (place) => `Paste it ${place}:`;

/** JSON on several lines. @param {string} text */
function laidOut(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
