// A call as other clients make it: curl, MCP and the command line. The place of the token is named, never filled.

import { tabs } from "../components/layout.js";
import { copyable } from "../components/button.js";
import { h } from "../kit/element.js";
import { session } from "../kit/session.js";

/** Quotes a text for a POSIX shell. @param {string} text */
export const quoted = (text) => (/^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** JSON in which what can't be seen, or turns the direction of a line, is written as its number. @param {unknown} value @param {number} [indent] */
export const visible = (value, indent) => JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** @param {string} tool @param {Record<string, unknown>} input */
export const asCurl = (tool, input) => [
  `curl -sS -X POST ${quoted(`${session().addresses.rest}/tools/${encodeURIComponent(tool)}`)}`,
  "  -H 'Authorization: Bearer TOKEN'",
  "  -H 'Content-Type: application/json'",
  `  -d ${quoted(visible(input))}`,
].join(" \\\n");

/** @param {string} tool @param {Record<string, unknown>} input */
export const asMcp = (tool, input) => visible({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool, arguments: input } }, 2);

/** @param {string} tool @param {Record<string, unknown>} input */
export const asCommand = (tool, input) => `toolbay call ${quoted(tool)} --args ${quoted(visible(input))}`;

/** @param {string} tool @param {Record<string, unknown>} input */
export const copies = (tool, input) => tabs("Copy as", [
  { name: "curl", content: () => [copyable(asCurl(tool, input), { label: "curl" }), place()] },
  { name: "MCP", content: () => [copyable(asMcp(tool, input), { label: "MCP call" }), h("p", { class: "quiet" }, "A message to ", h("code", null, session().addresses.mcp), ", with the header ", h("code", null, "Authorization: Bearer TOKEN"), ".")] },
  { name: "Command line", content: () => [copyable(asCommand(tool, input), { label: "toolbay call" }), h("p", { class: "quiet" }, "On the host's own machine, as its operator.")] },
]);

const place = () => h("p", { class: "quiet" }, "Put a token of this host in the place of ", h("code", null, "TOKEN"), ".");
