// How an MCP server is, in words.

import { when } from "../components/layout.js";
import { badge } from "../components/notice.js";
import { foreign, h } from "../kit/element.js";
import { duration } from "../kit/words.js";
import { sentence } from "./named.js";

/** @param {Pick<import("./shapes.js").Health, "state" | "since">} health */
export const stateOf = ({ state, since }) => [badge(state === "untried" ? "not tried yet" : state, /** @type {any} */ ({ connected: "good", away: "bad", untried: "quiet" }[state])), since ? [" ", h("span", { class: "quiet" }, when(since))] : null];

/** The time in which half of its last calls were answered. @param {Pick<import("./shapes.js").Health, "p50_ms">} health */
export const latency = ({ p50_ms: median }) => (typeof median === "number" ? duration(median) : "");

/** @param {Pick<import("./shapes.js").Health, "last_failure" | "last_failure_at">} health */
export const lastFailure = ({ last_failure: why, last_failure_at: at }) => (why ? [foreign(sentence(why), { max: 300 }), at ? [" ", h("span", { class: "quiet" }, when(at))] : null] : null);
