// How a call began and ended: who, by which way, when, and in a sentence what came of it.

import { facts, when } from "../components/layout.js";
import { notice } from "../components/notice.js";
import { foreign, h } from "../kit/element.js";
import { address } from "../kit/router.js";
import { duration, moment, SURFACES } from "../kit/words.js";
import { who } from "./names.js";
import { end, extent } from "./words.js";

/**
 * @typedef {object} Call what the host tells of a call
 * @property {string} call
 * @property {string} tool
 * @property {string} [title]
 * @property {{id: string, name: string}} principal
 * @property {string} surface
 * @property {string} [connection_id]
 * @property {string} [connection_name]
 * @property {string} [parent]
 * @property {string} started_at
 * @property {string | null} [ended_at]
 * @property {string} outcome
 * @property {string} [summary]
 * @property {number} [duration_ms]
 * @property {string} [job_id]
 * @property {unknown} [arguments]
 * @property {import("./effects.js").Effect[]} effects
 * @property {{call: string, tool: string, surface: string, started_at: string, outcome: string, summary?: string, duration_ms?: number}[]} [calls]
 * @property {boolean} [has_more]
 * @property {any[]} events
 */

/** The call in a sentence. @param {Call} call */
export const sentence = (call) => [
  who(call.principal), " called it ",
  { mcp: "over MCP", rest: "over REST", console: "in the console", chat: "in a chat", command_line: "on the command line", job: "as a job", tool: "by another tool", host: "as the host itself" }[call.surface] ?? `by ${SURFACES[call.surface] ?? call.surface}`,
  ", ", when(call.started_at), call.duration_ms === undefined ? "" : `, and it took ${duration(call.duration_ms)}`, ".",
];

/** How it ended, with what helps. @param {Call} call */
export function ending(call) {
  const done = extent(call.summary);
  if (call.outcome === "begun") {
    return notice("info", "It hasn't ended, as far as is known: it runs, or its host didn't survive it.", "What it has written so far is below.");
  }
  if (call.outcome === "ok") {
    return notice("done", call.job_id && call.surface !== "job" ? "It started a job." : "It succeeded.", done ? foreign(`${done}.`) : null);
  }
  const { text, hint } = end(call.outcome);
  return notice(call.outcome === "cancelled" ? "warning" : "error", text, [hint ? h("span", null, hint) : null, done ? h("span", null, " ", foreign(`${done}.`)) : null]);
}

/** @param {Call} call */
export const factsOf = (call) => facts([
  ["Tool", h("a", { href: address("tools", call.tool) }, foreign(call.tool, { max: 80 }))],
  ["Who", who(call.principal)],
  ["Way in", SURFACES[call.surface] ?? call.surface],
  ["Connection", call.connection_name ? foreign(call.connection_name, { max: 80 }) : call.connection_id ? h("code", null, call.connection_id) : "none"],
  ["Started", moment(call.started_at)],
  ["Ended", call.ended_at ? moment(call.ended_at) : "not yet"],
  ["Took", call.duration_ms === undefined ? null : duration(call.duration_ms)],
  ["Made by", call.parent ? h("a", { href: address("activity", call.parent) }, "another call") : null],
  ["Call", h("code", null, call.call)],
]);
