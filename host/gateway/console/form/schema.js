// What a schema says that a form needs: its type, its choices, whether nothing is a value of its own.

/** @typedef {Record<string, any>} Schema */
/** @typedef {"fixed" | "choice" | "choices" | "boolean" | "number" | "date" | "text" | "list" | "object" | "rows" | "any"} Kind */

/** The types of a schema, without that of nothing. @param {Schema} schema @returns {string[]} */
export function typesOf(schema) {
  const types = Array.isArray(schema?.type) ? schema.type : schema?.type === undefined ? [] : [schema.type];
  return types.filter((type) => type !== "null");
}

/** Whether nothing (`null`) is a value too. @param {Schema} schema */
export const takesNull = (schema) => (Array.isArray(schema?.type) && schema.type.includes("null")) || (Array.isArray(schema?.enum) && schema.enum.includes(null));

/** The values of a schema that lists them, with what they are called. @param {Schema} schema @returns {{value: unknown, label: string}[] | null} */
export function choicesOf(schema) {
  if (Array.isArray(schema?.enum)) {
    return schema.enum.filter((value) => value !== null).map((value) => ({ value, label: typeof value === "string" ? value : JSON.stringify(value) }));
  }
  const each = schema?.oneOf ?? schema?.anyOf;
  if (Array.isArray(each) && each.length && each.every((one) => one && typeof one === "object" && "const" in one)) {
    return each.map((one) => ({ value: one.const, label: String(one.title ?? one.const) }));
  }
  return null;
}

/** Longest text for which one line is enough. */
const ONE_LINE = 300;

/** Whether a text has lines. @param {Schema} schema @param {string} name */
export function hasLines(schema, name) {
  const said = `${schema.title ?? ""} ${schema.description ?? ""}`;
  return schema.maxLength > ONE_LINE
    || /^(markdown|content|body|text|message|prompt|append|prepend|replace|old|new|sql|statement|code|script|comment|note|notes)$/i.test(name)
    || (/markdown|multi-?line|\bsql\b/i.test(said) && !/inline markdown/i.test(said))
    || /^text\//.test(schema.contentMediaType ?? "");
}

/** @param {Schema} schema @param {string} name */
export const isMarkdown = (schema, name) => hasLines(schema, name) && (/^(markdown|content)$/i.test(name) || /\bmarkdown\b/i.test(schema.description ?? ""));

/** The kind of field that fits a schema. @param {Schema} schema @returns {Kind} */
export function kindOf(schema) {
  if (schema && "const" in schema) {
    return "fixed";
  }
  if (choicesOf(schema)) {
    return "choice";
  }
  const types = typesOf(schema);
  const [type] = types;
  if (types.length !== 1 || schema.anyOf || schema.oneOf || schema.allOf) {
    return "any";
  }
  if (type === "boolean") {
    return "boolean";
  }
  if (type === "number" || type === "integer") {
    return "number";
  }
  if (type === "string") {
    return ["date", "date-time"].includes(schema.format) ? "date" : "text";
  }
  if (type === "array") {
    return choicesOf(schema.items ?? {}) ? "choices" : "list";
  }
  if (type === "object") {
    return Object.keys(schema.properties ?? {}).length ? "object" : "rows";
  }
  return "any";
}

/** Members that few calls name. */
const RARE = /^(cursor|start_cursor|next_cursor|offset|limit|page_size|max_results|detail|in_trash|new_options|template|icon|cover|inline|is_locked|allow_deleting|templates|ids|timeout|timeout_ms|dry_run|verbose|format|fields|aggregates|duplicates_by|group_by)$/;

/** Optional members that are shown at once, besides those that few calls name. */
const MAX_SHOWN = 8;

/** What the host adds to every tool, and the form sees to by itself. */
const OF_HOST = ["idempotency_key", "preview"];

/**
 * The members of an object in the order of a form: what is required, what else is common, and what few calls name.
 *
 * @param {Schema} schema
 * @param {{isTool?: boolean}} [options] whether it is the whole input of a tool
 * @returns {{main: string[], more: string[], connection: boolean}}
 */
export function arranged(schema, { isTool = false } = {}) {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const names = Object.keys(schema.properties ?? {});
  const isOfHost = (/** @type {string} */ name) => isTool && !required.has(name) && (OF_HOST.includes(name) || name === "connection_id");
  const own = names.filter((name) => !isOfHost(name));
  const optional = own.filter((name) => !required.has(name));
  const rare = optional.filter((name) => RARE.test(name));
  const common = optional.filter((name) => !RARE.test(name));
  // One or two are not worth a fold.
  const isFew = optional.length <= 2;
  return {
    main: [...own.filter((name) => required.has(name)), ...(isFew ? optional : common.slice(0, MAX_SHOWN))],
    more: isFew ? [] : [...common.slice(MAX_SHOWN), ...rare],
    connection: names.some((name) => name === "connection_id" && isOfHost(name)),
  };
}
