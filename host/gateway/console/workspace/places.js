// The names of what holds pages and databases, asked for once each.

import { call } from "../kit/api.js";
import { emojiOf, parentOf, titleOf } from "./object.js";

/** Names that are kept: more than any list shows. */
const MAX_KEPT = 500;
/** Requests for names at a time. */
const AT_ONCE = 4;

/** @typedef {{title: string, icon: string, parent: import("./object.js").Parent | null}} Place */

/** @type {Map<string, Promise<Place | null>>} */
const known = new Map();
let running = 0;
/** @type {(() => void)[]} */
const waiting = [];

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function inTurn(work) {
  if (running >= AT_ONCE) {
    await new Promise((go) => waiting.push(() => go(undefined)));
  }
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/**
 * What a parent is called; nothing where this connection doesn't see it.
 *
 * @param {import("./object.js").Parent | null} parent
 * @param {string | undefined} connection
 * @returns {Promise<Place | null>}
 */
export function placeOf(parent, connection) {
  if (!parent || !parent.id || parent.kind === "block" || parent.kind === "workspace") {
    return Promise.resolve(null);
  }
  const key = `${connection ?? ""} ${parent.id}`;
  const found = known.get(key);
  if (found) {
    return found;
  }
  const asked = inTurn(() => ask(parent, connection)).catch(() => null);
  known.set(key, asked);
  if (known.size > MAX_KEPT) {
    known.delete(String(known.keys().next().value));
  }
  return asked;
}

/** @param {import("./object.js").Parent} parent @param {string | undefined} connection @returns {Promise<Place>} */
async function ask(parent, connection) {
  const where = connection ? { connection_id: connection } : {};
  if (parent.kind === "database") {
    const { result } = await call("get_database", { database_id: parent.id, detail: "full", ...where });
    const object = result.data_source ?? result.database;
    return { title: titleOf(object), icon: emojiOf(object), parent: parentOf(object) };
  }
  const { result } = await call("get_page", { page_id: parent.id, detail: "full", ...where });
  return { title: titleOf(result), icon: emojiOf(result), parent: parentOf(result) };
}

/** Names are one person's: they go when that one is signed out. */
addEventListener("toolbay:signed-out", () => known.clear());
