// The names of what events name by an id.

import { get } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";

/** Connections that are asked for at once, and how often at most. */
const PAGE = 100;
const MAX_PAGES = 5;

/**
 * The names of the connections that the reader may see. A connection that is gone has none any more.
 *
 * @param {boolean} everyone @param {AbortSignal} signal
 * @returns {Promise<Map<string, string>>}
 */
export async function connectionNames(everyone, signal) {
  /** @type {Map<string, string>} */
  const names = new Map();
  try {
    if (everyone) {
      const { connections } = await get("/v1/administration/connections", {}, signal);
      connections.forEach((/** @type {{id: string, name: string}} */ one) => names.set(one.id, one.name));
      return names;
    }
    /** @type {string | undefined} */
    let cursor;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await get("/v1/connections", { limit: PAGE, cursor }, signal);
      answer.connections.forEach((/** @type {{id: string, name: string}} */ one) => names.set(one.id, one.name));
      cursor = answer.next_cursor;
      if (!cursor) {
        break;
      }
    }
  } catch {
    // Without names there are ids.
  }
  return names;
}

/** @param {string | undefined} id @param {Map<string, string>} names */
export function connection(id, names) {
  if (!id) {
    return h("span", { class: "quiet" }, "none");
  }
  const name = names.get(id);
  return name === undefined ? h("code", { title: id }, `${id.slice(0, 8)}…`) : foreign(name, { max: 120 });
}

/** Who did something. @param {{id: string, name: string} | undefined} principal */
export const who = (principal) => foreign(principal?.name || principal?.id || "nobody known", { max: 120 });
