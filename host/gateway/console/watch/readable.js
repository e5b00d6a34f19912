// What was written, as names and values that people read. Notion's objects say a value in many words; here it is in one.

/** Members that say where an object is and how it is stored, not what it says. */
const LEFT_OUT = new Set(["object", "id", "url", "public_url", "request_id", "type", "created_time", "last_edited_time", "created_by", "last_edited_by", "has_children", "archived", "developer_survey"]);

/** Members whose own members are what the object says. */
const OPENED = new Set(["properties"]);

/** Names and values that are read of one object. */
const MAX_MEMBERS = 200;

/** How deep a value is read; below that it is JSON. */
const DEEPEST = 4;

/**
 * An object by what it says: a name for each part, and its value as a text.
 *
 * @param {unknown} object
 * @returns {Map<string, string>}
 */
export function readable(object) {
  /** @type {Map<string, string>} */
  const said = new Map();
  if (object === null || typeof object !== "object" || Array.isArray(object)) {
    return object === undefined ? said : said.set("value", valueText(object));
  }
  for (const [name, value] of Object.entries(object)) {
    if (said.size >= MAX_MEMBERS) {
      break;
    }
    if (OPENED.has(name) && value && typeof value === "object" && !Array.isArray(value)) {
      for (const [inner, one] of Object.entries(value).slice(0, MAX_MEMBERS)) {
        said.set(inner, valueText(one));
      }
    } else if (!LEFT_OUT.has(name)) {
      said.set(name, valueText(value));
    }
  }
  return said;
}

/**
 * A value as a text.
 *
 * @param {unknown} value
 * @param {number} [depth]
 * @returns {string}
 */
export function valueText(value, depth = 0) {
  if (value === null || value === undefined) {
    return "";
  }
  if (typeof value === "boolean") {
    return value ? "yes" : "no";
  }
  if (typeof value !== "object") {
    return String(value);
  }
  if (depth > DEEPEST) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    const isRich = value.length > 0 && value.every((part) => part && typeof part === "object" && ("plain_text" in part || (part.type === "text" && part.text)));
    return value.map((one) => valueText(one, depth + 1)).join(isRich ? "" : ", ");
  }
  return objectText(/** @type {Record<string, any>} */ (value), depth);
}

/** @param {Record<string, any>} value @param {number} depth @returns {string} */
function objectText(value, depth) {
  if (typeof value.plain_text === "string") {
    return value.plain_text;
  }
  if (typeof value.text?.content === "string") {
    return value.text.content;
  }
  if (typeof value.name === "string") {
    return value.name;
  }
  if (typeof value.start === "string") {
    return value.end ? `${value.start} until ${value.end}` : value.start;
  }
  // A property says its type, and its value under that name.
  if (typeof value.type === "string" && value.type in value) {
    return valueText(value[value.type], depth + 1);
  }
  for (const name of ["emoji", "email", "url", "id"]) {
    if (typeof value[name] === "string") {
      return value[name];
    }
  }
  const members = Object.entries(value);
  // What is sent says no type where the one member is enough.
  if (members.length === 1) {
    return valueText(members[0]?.[1], depth + 1);
  }
  return JSON.stringify(value);
}

/** What an object of Notion's is called; none where it has no title. @param {any} object */
export function titleOf(object) {
  if (object === null || typeof object !== "object") {
    return "";
  }
  const properties = object.properties && typeof object.properties === "object" ? Object.values(object.properties) : [];
  const title = properties.find((one) => one?.type === "title")?.title ?? object.title;
  return title === undefined ? "" : valueText(title);
}
