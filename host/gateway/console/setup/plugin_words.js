// What is said of a plugin: how it is, and what of it counts.

import { badge } from "../components/notice.js";
import { duration, size } from "../kit/words.js";

/** @typedef {import("./shapes.js").Plugin} Plugin */

/** @param {Plugin} plugin */
export const stateBadge = ({ status }) => badge(status, /** @type {any} */ ({ live: "good", refused: "bad", idle: "quiet" }[status] ?? "busy"));

/** Whether it asks for more than it was granted, and would use it: one that nothing is configured for would not. @param {Plugin} plugin */
export const wantsMore = ({ status, missing }) => status !== "idle" && missing.length > 0;

/** The name in the address of its page; two files may claim the same. @param {Plugin[]} plugins @param {string} name */
export const ofName = (plugins, name) => plugins.filter((plugin) => plugin.name === name)
  .toSorted((one, other) => Number(other.status === "live") - Number(one.status === "live"));

/** How long its calls took on average. @param {NonNullable<Plugin["calls"]>} calls */
export const average = ({ count, total_ms: total }) => (count ? duration(total / count) : "");

/** Limits that we know by name, in words. @type {Record<string, [string, (value: number) => string]>} */
const LIMITS = {
  memory_mib: ["Memory", (value) => `${value.toLocaleString("en")} MiB`],
  memory_bytes: ["Memory", size],
  time_s: ["Time", (value) => duration(value * 1_000)],
  time_ms: ["Time", duration],
  cpu_ms: ["Computing time", duration],
  output_bytes: ["Size of an answer", size],
  output_mib: ["Size of an answer", (value) => `${value.toLocaleString("en")} MiB`],
  calls_at_once: ["Calls at the same time", (value) => value.toLocaleString("en")],
  effects: ["Requests", (value) => value.toLocaleString("en")],
  requests: ["Requests", (value) => value.toLocaleString("en")],
};

/** @param {Record<string, unknown>} limits @returns {[string, string][]} */
export const limitFacts = (limits) => Object.entries(limits).filter(([, value]) => value !== null && typeof value !== "object").map(([name, value]) => {
  const known = LIMITS[name];
  return known && typeof value === "number" ? [known[0], known[1](value)] : [name.replaceAll("_", " "), String(value).slice(0, 200)];
});
