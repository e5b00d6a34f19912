// A filter of `query` as it is sent, and as it is built: conditions, all or any of which must hold, in groups one level deep.

import { equality, familyOf, isSpan, operatorNamed } from "./operators.js";

/** @typedef {import("./sources.js").Property} Property */
/** @typedef {{property: string, operator: string, operand?: unknown}} Condition */
/** @typedef {{join: "and" | "or", items: (Condition | Group)[]}} Group */

/** Nothing deeper is read: what is, stays JSON. */
const DEEPEST = 8;

/** What a filter says that this can't show. */
class Unknown extends Error {}

/**
 * Reads a filter; none where it says more than can be built by clicking.
 *
 * @param {unknown} value
 * @param {Property[]} properties
 * @returns {Group | null}
 */
export function readFilter(value, properties) {
  if (value === undefined || value === null) {
    return { join: "and", items: [] };
  }
  try {
    const tree = simplified(read(value, properties, 0));
    const group = "items" in tree ? tree : { join: /** @type {"and"} */ ("and"), items: [tree] };
    const isFlat = group.items.every((item) => !("items" in item) || item.items.every((inner) => !("items" in inner)));
    return isFlat ? group : null;
  } catch (error) {
    if (error instanceof Unknown) {
      return null;
    }
    throw error;
  }
}

/** @param {unknown} value @param {Property[]} properties @param {number} depth @returns {Group | Condition} */
function read(value, properties, depth) {
  if (depth > DEEPEST || typeof value !== "object" || value === null) {
    throw new Unknown();
  }
  if (Array.isArray(value)) {
    return { join: "and", items: value.map((each) => read(each, properties, depth + 1)) };
  }
  const object = /** @type {Record<string, unknown>} */ (value);
  const own = typeof object.property === "string" ? object.property : typeof object.timestamp === "string" ? object.timestamp : null;
  if (own !== null && Object.keys(object).length > 1) {
    const rest = Object.fromEntries(Object.entries(object).filter(([name]) => !["property", "timestamp", "type"].includes(name)));
    return conditions(own, rest, properties);
  }
  return { join: "and", items: Object.entries(object).map(([name, given]) => member(name, given, properties, depth)) };
}

/** @param {string} name @param {unknown} given @param {Property[]} properties @param {number} depth */
function member(name, given, properties, depth) {
  const isGroup = (name === "and" || name === "or") && typeof given === "object" && given !== null;
  if (!isGroup) {
    return conditions(name, given, properties);
  }
  const items = Array.isArray(given) ? given : Object.entries(given).map(([key, value]) => Object.fromEntries([[key, value]]));
  if (name === "or" && items.length === 0) {
    throw new Unknown();
  }
  return { join: /** @type {"and" | "or"} */ (name), items: items.map((each) => read(each, properties, depth + 1)) };
}

/** What is said of one property. @param {string} name @param {unknown} given @param {Property[]} properties @returns {Group | Condition} */
function conditions(name, given, properties) {
  const property = properties.find((one) => one.name === name);
  const family = property && familyOf(property.type);
  if (!property || !family) {
    throw new Unknown();
  }
  if (given === null) {
    return condition(property, "is_empty", true);
  }
  if (Array.isArray(given)) {
    return condition(property, "in", given);
  }
  if (typeof given !== "object") {
    const isNamed = typeof given === "string" && family === "date" && isSpan(given) && operatorNamed(family, given);
    return isNamed ? condition(property, given, true) : condition(property, equality(family), given);
  }
  const entries = Object.entries(/** @type {object} */ (given));
  const [only] = entries;
  // Notion's own form has the type around the operator.
  if (entries.length === 1 && only && familyOf(only[0]) === family && typeof only[1] === "object" && only[1] !== null && !Array.isArray(only[1])) {
    return conditions(name, only[1], properties);
  }
  if (entries.length === 0) {
    throw new Unknown();
  }
  return { join: "and", items: entries.map(([operator, operand]) => condition(property, operator, operand)) };
}

/** @param {Property} property @param {string} operator @param {unknown} operand @returns {Condition} */
function condition(property, operator, operand) {
  const family = familyOf(property.type) ?? "any";
  const found = operatorNamed(family, operator);
  if (!found) {
    throw new Unknown();
  }
  const isScalar = (/** @type {unknown} */ value) => (family === "checkbox" ? typeof value === "boolean" : ["string", "number"].includes(typeof value) || (family === "any" && typeof value === "boolean"));
  const isList = Array.isArray(operand) && operand.every(isScalar);
  const isEmptyObject = typeof operand === "object" && operand !== null && Object.keys(operand).length === 0;
  const fits = {
    none: operand === true || isEmptyObject,
    one: isScalar(operand),
    two: isList && operand.length === 2,
    many: isList && operand.length > 0,
  }[found.takes];
  if (!fits) {
    throw new Unknown();
  }
  return found.takes === "none" ? { property: property.name, operator: found.name } : { property: property.name, operator: found.name, operand };
}

/** Groups of one are what is in them, and groups in groups of their kind belong to those. @param {Group | Condition} tree @returns {Group | Condition} */
function simplified(tree) {
  if (!("items" in tree)) {
    return tree;
  }
  const items = tree.items.map(simplified).flatMap((item) => {
    if ("items" in item && item.items.length === 0 && tree.join === "or") {
      // What takes every row makes the whole group take every row, which nobody builds.
      throw new Unknown();
    }
    return "items" in item && item.join === tree.join ? item.items : [item];
  });
  const [only] = items;
  return items.length === 1 && only ? only : { join: tree.join, items };
}

/** A filter as it is sent; none where there is no condition. @param {Group} group @returns {Record<string, unknown> | undefined} */
export function writeFilter(group) {
  const items = group.items.map((item) => ("items" in item ? writeFilter(item) : writeCondition(item))).filter((item) => item !== undefined);
  const [first] = items;
  if (items.length <= 1) {
    return first;
  }
  const names = group.items.flatMap((item) => ("items" in item ? [] : [item.property]));
  const isPlain = names.length === items.length && new Set(names).size === names.length && items.every((item) => Object.keys(item).length === 1);
  return group.join === "and" && isPlain ? Object.fromEntries(items.flatMap(Object.entries)) : { [group.join]: items };
}

/** @param {Condition} condition @returns {Record<string, unknown>} */
function writeCondition({ property, operator, operand }) {
  const said = { [operator]: operand === undefined ? (isSpan(operator) ? {} : true) : operand };
  // A column may be called as groups are.
  return /^(and|or|not)$/i.test(property) ? { property, ...said } : Object.fromEntries([[property, said]]);
}
