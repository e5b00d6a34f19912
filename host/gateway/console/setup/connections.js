// The connections of whoever is signed in; of everybody, for who administers.

import { call, get } from "../kit/api.js";
import { session } from "../kit/session.js";

/** @param {AbortSignal} signal @returns {Promise<import("./shapes.js").Connection[]>} */
export async function connectionsOf(signal) {
  if (session().administers) {
    return (await get("/v1/administration/connections", undefined, signal)).connections;
  }
  return (await get("/v1/account", undefined, signal)).connections;
}

/** The MCP servers where whoever is signed in can have an account. @param {AbortSignal} signal @returns {Promise<string[]>} */
export async function serversWithAccounts(signal) {
  if (session().administers) {
    /** @type {{upstreams: import("./shapes.js").Upstream[]}} */
    const { upstreams } = await get("/v1/administration/upstreams", undefined, signal);
    return upstreams.filter((one) => one.has_accounts).map((one) => one.name);
  }
  return (await get("/v1/account", undefined, signal)).servers;
}

/** Fills a map with the names of connections. @param {Map<string, string>} names @param {import("./shapes.js").Connection[]} connections */
export function nameThem(names, connections) {
  names.clear();
  for (const { id, name } of connections) {
    names.set(id, name);
  }
}

/** Whether it is an account at an MCP server. @param {import("./shapes.js").Connection} connection */
export const isAccount = ({ system }) => Boolean(system && system !== "notion");

/** Whether the host's environment gives it: then it can't be removed from here. @param {import("./shapes.js").Connection} connection */
export const isOfEnvironment = ({ kind, created_at: created }) => kind === "token" && created === null;

/** @param {string} id @param {string} key */
export const removeConnection = (id, key) => call("connection_remove", { connection_id: id }, { key });
