// Where the options of searchable lists come from: tools that the person may use. Where a tool isn't there, there is no source, and the field is a text.

import { call, get } from "../kit/api.js";
import { catalog } from "../kit/catalog.js";

/** @typedef {import("../components/combobox.js").Option} Option */
/** @typedef {{name: string, type: string, options?: string[], data_source_id?: string}} Property */
/** @typedef {{connection?: () => string | undefined}} On the connection that is asked, where one is chosen */
/**
 * @typedef {object} Source
 * @property {(text: string, signal: AbortSignal) => Promise<Option[]>} find
 * @property {(value: string) => Promise<string | null>} [name] what a value is called
 * @property {boolean} [isNamed] whether the values are names, which nobody pastes
 */

/** Options that are asked for at once. */
const PAGE = 30;

/**
 * Calls a tool that only reads, if the person has it.
 *
 * @param {string} tool
 * @param {Record<string, unknown>} input
 * @param {On} on
 * @param {AbortSignal} [signal]
 */
async function read(tool, input, on, signal) {
  const connection = on.connection?.();
  return (await call(tool, connection ? { ...input, connection_id: connection } : input, { signal })).result;
}

/** Whether there is a tool that takes these arguments, and only reads. @param {string} name @param {string[]} members */
async function has(name, members) {
  const tool = (await catalog()).get(name);
  return Boolean(tool && tool.effect === "reads" && members.every((member) => tool.input_schema?.properties?.[member]));
}

/** @param {any} found @returns {Option} */
const asOption = ({ id, title, object }) => ({ value: String(id), label: text(title) || "Untitled", detail: object === "data_source" || object === "database" ? "database" : undefined });

/** A title, which Notion's own objects have in parts. @param {any} title */
const text = (title) => (Array.isArray(title) ? title.map((part) => part?.plain_text ?? "").join("") : String(title ?? ""));

/**
 * What `search` finds.
 *
 * @param {"page" | "data_source" | undefined} object
 * @param {On} on
 * @returns {Promise<Source | null>}
 */
async function searched(object, on) {
  if (!await has("search", ["query"])) {
    return null;
  }
  const [teller, member] = /** @type {const} */ ({ page: ["get_page", "page_id"], data_source: ["get_database", "database_id"], any: ["fetch", "id"] })[object ?? "any"];
  return {
    find: async (words, signal) => {
      const found = await read("search", { query: words, page_size: PAGE, ...(object ? { object } : {}) }, on, signal);
      return (found?.results ?? []).map(asOption);
    },
    name: async (value) => (await has(teller, [member]) ? text((await read(teller, { [member]: value }, on))?.title) || null : null),
  };
}

/** @param {On} on */
export const databases = (on) => searched("data_source", on);
/** @param {On} on */
export const pages = (on) => searched("page", on);
/** @param {On} on */
export const pagesAndDatabases = (on) => searched(undefined, on);

/** @param {On} on @returns {Promise<Source | null>} */
export async function people(on) {
  if (!await has("list_users", ["query"])) {
    return null;
  }
  return {
    find: async (words, signal) => {
      const found = await read("list_users", { ...(words ? { query: words } : {}), limit: PAGE }, on, signal);
      return (found?.users ?? []).filter((/** @type {any} */ user) => user.type !== "bot").map((/** @type {any} */ user) => ({ value: String(user.id), label: user.name || user.email || String(user.id), detail: user.email }));
    },
    name: async (value) => {
      const found = await read("list_users", { user_id: value }, on).catch(() => null);
      return found?.users?.[0]?.name ?? found?.name ?? null;
    },
  };
}

/** Connections at the system that a tool works on. @param {string | undefined} provider the upstream server, if it is one's tool @returns {Promise<Source>} */
export async function connections(provider) {
  const known = (await connectionsOf(provider)).map(({ id, name, workspace_name: workspace }) => ({ value: id, label: name, detail: workspace }));
  return {
    find: async (words) => known.filter(({ label, detail }) => `${label} ${detail ?? ""}`.toLowerCase().includes(words.toLowerCase())),
    name: async (value) => known.find((one) => one.value === value)?.label ?? null,
  };
}

/** @param {string | undefined} provider @returns {Promise<{id: string, name: string, workspace_name?: string, upstream?: string}[]>} */
export async function connectionsOf(provider) {
  const found = (await get("/v1/connections", { limit: 100 })).connections;
  const own = found.filter((/** @type {any} */ connection) => connection.upstream === provider);
  return own.length ? own : found.filter((/** @type {any} */ connection) => !connection.upstream);
}

/** @returns {Promise<Source>} */
export async function tools() {
  const known = [...(await catalog()).values()];
  return {
    find: async (words) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      return known.filter(({ name, title }) => wanted.every((word) => `${name} ${title ?? ""}`.toLowerCase().includes(word))).map(({ name, title }) => ({ value: name, label: name, detail: title }));
    },
    name: async (value) => value,
    isNamed: true,
  };
}

/** @returns {Promise<Source | null>} */
export async function jobs() {
  if (!await has("job_list", [])) {
    return null;
  }
  return {
    find: async (words, signal) => {
      const found = await read("job_list", { limit: PAGE }, {}, signal);
      return (found?.jobs ?? [])
        .map((/** @type {any} */ job) => ({ value: String(job.job_id), label: String(job.job_id), detail: [job.kind ?? job.tool, job.status].filter(Boolean).join(", ") }))
        .filter((/** @type {Option} */ { label, detail }) => `${label} ${detail ?? ""}`.toLowerCase().includes(words.toLowerCase()));
    },
  };
}

/**
 * The properties of a database, in the form that filters and rows are built from.
 *
 * @param {string} database
 * @param {On} on
 * @param {AbortSignal} [signal]
 * @returns {Promise<Property[] | null>} none where no tool tells
 */
export async function propertiesOf(database, on, signal) {
  if (!await has("get_database", ["database_id"])) {
    return null;
  }
  const found = await read("get_database", { database_id: database }, on, signal);
  return Object.entries(found?.columns ?? {}).map(([name, column]) => asProperty(name, column));
}

/** @param {string} name @param {any} column a type, or an object with one @returns {Property} */
export function asProperty(name, column) {
  if (typeof column === "string") {
    return { name, type: column };
  }
  const { type, options, data_source_id } = column ?? {};
  return {
    name,
    type: String(type ?? "unknown"),
    ...(Array.isArray(options) ? { options: options.map((option) => String(option?.name ?? option)) } : {}),
    ...(data_source_id ? { data_source_id: String(data_source_id) } : {}),
  };
}

/** The database that a page is a row of. @param {string} page @param {On} on @param {AbortSignal} [signal] @returns {Promise<string | null>} */
export async function databaseOf(page, on, signal) {
  if (!await has("get_page", ["page_id", "detail"])) {
    return null;
  }
  const found = await read("get_page", { page_id: page, detail: "full" }, on, signal);
  return found?.parent?.data_source_id ?? found?.parent?.database_id ?? null;
}
