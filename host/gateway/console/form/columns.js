// The properties of the database that a form names, for the fields that are about them. They are asked for once a field wants them.

import { databaseOf, propertiesOf } from "./sources.js";

/** @typedef {import("./sources.js").Property} Property */
/**
 * @typedef {object} Columns
 * @property {(tell: (columns: {properties: Property[] | null, says: string}) => void) => void} watch
 */

/** How long nothing more is typed before the host is asked, in milliseconds. */
const PAUSE = 250;

const DATABASES = ["database_id", "data_source_id", "database", "data_source"];

/**
 * @param {import("./schema.js").Schema} schema of the object whose members name the database
 * @param {import("./slot.js").Context} context
 * @returns {Columns | null} none where no member does
 */
export function columnsOf(schema, { scope, on, signal }) {
  const properties = schema.properties ?? {};
  const database = DATABASES.find((name) => Object.hasOwn(properties, name));
  const member = database ?? ["page_id", "page"].find((name) => Object.hasOwn(properties, name));
  if (!member || !scope) {
    return null;
  }
  /** @type {Set<(columns: {properties: Property[] | null, says: string}) => void>} */
  const listeners = new Set();
  /** @type {{properties: Property[] | null, says: string}} */
  let known = { properties: null, says: "" };
  let asked = "";
  let asking = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  signal?.addEventListener("abort", () => {
    clearTimeout(waiting);
    asking.abort();
  });

  /** @param {Property[] | null} found @param {string} says */
  function tell(found, says) {
    known = { properties: found, says };
    listeners.forEach((listener) => listener(known));
  }

  async function ask() {
    const value = scope?.read(/** @type {string} */ (member));
    const text = typeof value === "string" ? value.trim() : "";
    if (text === asked) {
      return;
    }
    asked = text;
    asking.abort();
    asking = new AbortController();
    const own = asking;
    if (!text) {
      tell(null, "");
      return;
    }
    tell(known.properties, "Reading the database's properties…");
    try {
      const of = database ? text : await databaseOf(text, on, own.signal);
      const found = of ? await propertiesOf(of, on, own.signal) : null;
      if (!own.signal.aborted) {
        tell(found, "");
      }
    } catch (error) {
      if (!own.signal.aborted && !signal?.aborted) {
        tell(null, `The properties can't be read. ${/** @type {Error} */ (error).message}`);
      }
    }
  }
  let isWatched = false;
  return {
    watch: (listener) => {
      listeners.add(listener);
      listener(known);
      if (!isWatched) {
        isWatched = true;
        scope.watch(member, () => {
          clearTimeout(waiting);
          waiting = setTimeout(ask, PAUSE);
        });
        ask();
      }
    },
  };
}
