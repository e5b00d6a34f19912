// Ids of Notion, and where the console shows what they name.

import { address } from "../kit/router.js";

const ID = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/gi;

/** An id in the form that addresses have. @param {string} id */
export const short = (id) => id.replaceAll("-", "").toLowerCase();

/** Whether two ids are one. @param {string | null | undefined} one @param {string | null | undefined} other */
export const isSame = (one, other) => Boolean(one && other) && short(String(one)) === short(String(other));

/**
 * The id that a link to Notion, or a text that is one, names.
 *
 * @param {string} text
 * @returns {string | null}
 */
export function idIn(text) {
  const trimmed = text.trim();
  if (/^[0-9a-f-]{32,36}$/i.test(trimmed)) {
    const found = trimmed.match(ID);
    return found && found[0] === trimmed ? short(trimmed) : null;
  }
  let path;
  try {
    const { protocol, hostname, pathname } = new URL(trimmed);
    const isNotion = /(^|\.)notion\.(com|so|site)$/.test(hostname);
    path = protocol === "https:" && isNotion ? pathname : "";
  } catch {
    return null;
  }
  const found = path.match(ID)?.at(-1);
  return found ? short(found) : null;
}

/** @param {string} path @param {Record<string, string | undefined>} query */
export function withQuery(path, query) {
  const set = new URLSearchParams(/** @type {[string, string][]} */ (Object.entries(query).filter(([, value]) => value)));
  return set.size ? `${path}?${set}` : path;
}

/** @param {string} id @param {string} [connection] */
export const pageAddress = (id, connection) => withQuery(address("pages", short(id)), { connection });

/** @param {string} id @param {string} [connection] */
export const databaseAddress = (id, connection) => withQuery(address("databases", short(id)), { connection });

/** @param {{id: string, kind: "page" | "database"} | null} parent @param {string} [connection] */
export const writeAddress = (parent, connection) => withQuery(address("write"), { parent: parent ? short(parent.id) : "", kind: parent?.kind, connection });
