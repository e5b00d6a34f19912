// The tools that the person may use. They are asked for once, and again when the catalog has changed.

import { get } from "./api.js";
import { onChange } from "./live.js";

/**
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} [title]
 * @property {string} [description]
 * @property {"reads" | "writes" | "destroys"} effect
 * @property {boolean} [idempotent]
 * @property {string} provider
 * @property {any} input_schema
 * @property {any} [output_schema]
 * @property {string[]} [routes]
 */

/** @type {Promise<Map<string, Tool>> | null} */
let asked = null;

/** How long an answer counts, should a change not have been told, in milliseconds. */
const MAX_AGE = 60_000;
let askedAt = 0;

/** All tools, by name. */
export function catalog() {
  if (!asked || Date.now() - askedAt > MAX_AGE) {
    const own = get("/v1/tools").then((answer) => new Map(/** @type {Tool[]} */ (answer.tools).map((tool) => [tool.name, tool])));
    own.catch(() => {
      if (asked === own) {
        asked = null;
      }
    });
    asked = own;
    askedAt = Date.now();
  }
  return asked;
}

/** Forgets the tools, so that they are asked for again. */
export function forgetCatalog() {
  asked = null;
}

// For as long as the tab is open, whatever page it shows.
onChange("catalog", forgetCatalog, new AbortController().signal, { every: 0 });
