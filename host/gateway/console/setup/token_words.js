// What a token may do, in a sentence.

import { counted } from "../kit/words.js";
import { inWords } from "./named.js";

/** What each access lets a token do. @type {Record<import("./shapes.js").Access, {label: string, help: string}>} */
export const STRENGTHS = {
  reads: { label: "Read", help: "Looks at pages, databases and whatever tools read. It can change nothing." },
  writes: { label: "Read and write", help: "Also creates pages and rows and changes them. It moves nothing to the trash and replaces no content." },
  destroys: { label: "Everything", help: "Also moves to the trash, deletes and replaces." },
};

/** @type {Record<import("./shapes.js").Access, string>} */
const VERBS = { reads: "Reads", writes: "Reads and writes", destroys: "Reads, writes and destroys" };

/**
 * @param {import("./shapes.js").Token} token
 * @param {Map<string, string>} names of connections, by their ids
 */
export function may({ strongest, tools, connections, within, rates }, names) {
  const which = tools === "all" ? "all tools" : tools.length <= 3 ? inWords(tools) : counted(tools.length, "tool");
  const where = connections === "all" ? "all workspaces" : connections.length === 0 ? "no workspace" : inWords(connections.map((id) => names.get(id) ?? "a removed workspace"), 2);
  const part = within === "all" ? "" : `, below ${counted(within.length, "page or database", "pages and databases")} alone`;
  return `${VERBS[strongest] ?? strongest} with ${which} in ${where}${part}${rates.length ? `; at most ${inWords(rates.map(rate), 2)}` : ""}.`;
}

/** A rate such as `trash=10/minute` in words. @param {string} text */
function rate(text) {
  const [, tool, calls, period] = /^(?:([^=]+)=)?(\d+)\/(\w+)$/.exec(text) ?? [];
  return calls ? `${counted(Number(calls), "call")}${tool ? ` of ${tool}` : ""} a ${period}` : text;
}

/** Whether it can be used now. @param {import("./shapes.js").Token} token */
export const isInForce = ({ revoked_at: revoked, expires_at: ends }) => !revoked && (!ends || Date.parse(ends) > Date.now());
