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

/** @param {NonNullable<Plugin["limits"]>} limits @returns {[string, string][]} */
export const limitFacts = ({ memory_mib: memory, cpu_ms: computing, output_kib: answer, time_s: time }) => [
  ["Memory", memory === undefined ? "" : size(memory * 1_024 * 1_024)],
  ["Computing time", computing === undefined ? "" : duration(computing)],
  ["Time", time === undefined ? "" : duration(time * 1_000)],
  ["Size of an answer", answer === undefined ? "" : size(answer * 1_024)],
];
