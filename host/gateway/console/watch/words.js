// What has happened, in words.

import { badge } from "../components/notice.js";
import { counted } from "../kit/words.js";

/**
 * @typedef {object} Happened an event of the activity
 * @property {number} number
 * @property {string} at
 * @property {string} event its kind
 * @property {string} [about]
 * @property {string} outcome `ok`, `begun`, or the code of a problem
 * @property {string} [code]
 * @property {string} [summary]
 * @property {string} surface
 * @property {string} [connection_id]
 * @property {string} [call]
 * @property {{id: string, name: string}} principal
 * @property {number} [duration_ms]
 */

/** Kinds of events that can be looked at alone. */
export const KINDS = /** @type {{group: string, kinds: {value: string, label: string}[]}[]} */ ([
  { group: "Calls", kinds: [{ value: "call.ended", label: "Calls" }, { value: "effect", label: "What calls have written" }] },
  { group: "Administration", kinds: [
    { value: "token", label: "Tokens" },
    { value: "grant", label: "Grants of plugins" },
    { value: "connection", label: "Connections" },
    { value: "plugin", label: "Plugins" },
    { value: "session", label: "Sessions" },
    { value: "consent", label: "What programs were allowed" },
    { value: "client", label: "Programs that ask people" },
    { value: "upstream", label: "MCP servers" },
    { value: "job", label: "Jobs, by who administers" },
    { value: "key", label: "Keys" },
    { value: "audit", label: "The audit itself" },
  ] },
]);

/** What an event of administration is about. @type {Record<string, string>} */
const THINGS = {
  grant: "Capability", token: "Token", client: "Program", consent: "Permission of a program", connection: "Connection",
  plugin: "Plugin", upstream: "MCP server", job: "Job", key: "Key", audit: "Audit",
};

/** Kinds whose summary doesn't name what they are about. */
const NAMED_ALONE = new Set(["plugin", "grant"]);

/** An event in a line, without what the call is called. @param {Happened} event */
export function line(event) {
  const summary = event.summary ?? "";
  if (event.event === "call.started" || event.event === "call.ended") {
    return extent(summary);
  }
  if (event.event === "effect") {
    return `${event.about ?? ""} · ${/ \((.*)\)$/s.exec(summary)?.[1] ?? summary}`;
  }
  if (event.event === "session") {
    return summary.charAt(0).toUpperCase() + summary.slice(1);
  }
  const thing = THINGS[event.event] ?? event.event;
  const about = NAMED_ALONE.has(event.event) && event.about ? ` (${event.about})` : "";
  return `${thing} ${summary}${about}`;
}

/** How far a call came, from the host's summary: "trash: succeeded (carried out: 1)". @param {string | undefined} summary */
export function extent(summary) {
  const said = /^[^:]*: [a-z_ ]+ \((.*)\)$/s.exec(summary ?? "")?.[1] ?? "";
  return said
    .replace(/(, )?last refused: .*/s, "")
    .replace(/carried out: (\d+)/, (_, count) => (count === "0" ? "nothing was written" : `${counted(Number(count), "write")} carried out`))
    .replace(/unknown: (\d+)/, (_, count) => `${counted(Number(count), "write")} of unknown outcome`);
}

/** How something ended, as a badge. @param {string | undefined} outcome */
export function outcomeBadge(outcome) {
  if (outcome === "ok" || !outcome) {
    return badge("done", "good");
  }
  return outcome === "begun" ? badge("no end yet", "busy") : badge((ENDS[outcome]?.[0] ?? outcome).slice(0, 40), outcome === "cancelled" ? "quiet" : "bad");
}

/** Ends of a call: the badge, the sentence, and what helps. @type {Record<string, [string, string, string?]>} */
const ENDS = {
  invalid_input: ["wrong arguments", "The arguments could not be right.", "Change them and call again."],
  unauthenticated: ["not let in", "Whoever called was let in no more.", "Go on with another token, or sign in again."],
  forbidden: ["not allowed", "Whoever called may not do this.", "A grant for the plugin, a stronger token or a connection that is shared would allow it."],
  not_found: ["not found", "Something that the call named isn't there, or not for whoever called.", "Look whether it is shared with the connection in Notion."],
  conflict: ["conflict", "The state was not what the call assumed.", "Read again, then call again."],
  key_reused: ["key reused", "The key of the call had been used for other arguments.", "Call again under a new key."],
  limit_exceeded: ["over a limit", "The call needed more time, memory, requests or output than it may have.", "Ask for less at once, or run it as a job. What it had written before stays."],
  rate_limited: ["too many", "There were too many requests, here or at the other side.", "Wait a little and call again."],
  cancelled: ["stopped", "The call was stopped before its end.", "Look first what it has done, then call again."],
  upstream_failed: ["other side failed", "The other side failed, such as Notion.", "Call again; look first if it writes."],
  failed: ["failed", "The tool itself failed.", "Calling again seldom helps: the host's log says more."],
  unavailable: ["not available", "The host could not serve it at that moment, and did nothing.", "Call again."],
  outcome_unknown: ["outcome unknown", "It may or may not have been carried out.", "Look whether it was done before you repeat it."],
};

/** How a call ended, in a sentence with what helps. @param {string} outcome @returns {{text: string, hint?: string}} */
export function end(outcome) {
  const [, text, hint] = ENDS[outcome] ?? ["", `The call ended with the code ${outcome}.`];
  return { text, hint };
}

/** What a write does, by its route: as something that was done, and as something to do. @type {[RegExp, string, string][]} */
const WRITES = [
  [/^POST \/v1\/pages$/, "Created a page", "create a page"],
  [/^PATCH \/v1\/pages\/\{[^}]*\}$/, "Changed a page", "change a page"],
  [/^POST \/v1\/pages\/\{[^}]*\}\/move$/, "Moved a page", "move a page"],
  [/^PATCH \/v1\/pages\/\{[^}]*\}\/markdown$/, "Changed the content of a page", "change the content of a page"],
  [/^PATCH \/v1\/blocks\/\{[^}]*\}\/children$/, "Added content", "add content"],
  [/^PATCH \/v1\/blocks\/\{[^}]*\}$/, "Changed content", "change content"],
  [/^DELETE \/v1\/blocks\/\{[^}]*\}$/, "Removed content", "remove content"],
  [/^POST \/v1\/(databases|data_sources)$/, "Created a database", "create a database"],
  [/^PATCH \/v1\/(databases|data_sources)\/\{[^}]*\}$/, "Changed a database", "change a database"],
  [/^POST \/v1\/comments$/, "Wrote a comment", "write a comment"],
  [/^PATCH \/v1\/comments\/\{[^}]*\}$/, "Changed a comment", "change a comment"],
  [/^DELETE \/v1\/comments\/\{[^}]*\}$/, "Removed a comment", "remove a comment"],
  [/^POST \/v1\/views$/, "Created a view", "create a view"],
  [/^PATCH \/v1\/views\/\{[^}]*\}$/, "Changed a view", "change a view"],
  [/^DELETE \/v1\/views\/\{[^}]*\}$/, "Removed a view", "remove a view"],
  [/^POST \/v1\/file_uploads/, "Uploaded a file", "upload a file"],
];

/** Other sides that calls write to. @type {Record<string, string>} */
const SIDES = { notion: "Notion", http: "the web", sql: "a database", upstream: "an MCP server" };

/** What was written, or what couldn't be. @param {{egress?: string, route: string, sent?: any}} effect @param {boolean} isDone */
export function written({ egress, route, sent }, isDone) {
  const side = SIDES[egress ?? ""] ?? egress ?? "the other side";
  const trash = sent !== null && typeof sent === "object" ? sent?.in_trash : undefined;
  const known = trash === true ? ["", "Moved it to the trash", "move it to the trash"]
    : trash === false ? ["", "Took it out of the trash", "take it out of the trash"]
      : egress === undefined || egress === "notion" ? WRITES.find(([fits]) => fits.test(route)) : undefined;
  const [, done, to] = known ?? ["", `Wrote to ${side}`, `write to ${side}`];
  return isDone ? done : `Tried to ${to}`;
}

/** The same of an event, whose summary begins with the route. @param {Happened} event */
export const writtenOf = (event) => written({ route: (event.summary ?? "").replace(/ \(.*$/s, "") }, event.outcome === "ok");

/** How far a job is. @type {Record<string, {label: string, text: string, tone: "good" | "bad" | "quiet" | "busy"}>} */
export const STATUSES = {
  queued: { label: "queued", text: "It waits for its turn.", tone: "busy" },
  running: { label: "runs", text: "It is under way.", tone: "busy" },
  waiting: { label: "waits", text: "The other side refused it for now. It goes on by itself.", tone: "busy" },
  cancelling: { label: "stops", text: "It stops after the requests that are under way.", tone: "busy" },
  succeeded: { label: "succeeded", text: "It has come to its end.", tone: "good" },
  failed: { label: "failed", text: "It has failed.", tone: "bad" },
  cancelled: { label: "stopped", text: "It was stopped. What it had done stays.", tone: "quiet" },
};

/** @param {string} status */
export const isOpen = (status) => ["queued", "running", "waiting", "cancelling"].includes(status);

/** @param {string} status */
export function statusBadge(status) {
  const known = STATUSES[status];
  return badge(known?.label ?? status.slice(0, 40), known?.tone ?? "quiet");
}
