// The rules by which a field's name and meaning decide that its value is chosen rather than typed.

import { adaptive } from "./adaptive.js";
import { anyInput } from "./any.js";
import { filterInput, sortsInput } from "./clauses.js";
import { listInput } from "./list.js";
import { namesInput } from "./names.js";
import { pickerInput } from "./picker.js";
import { rowsInput } from "./rows.js";
import { typesOf } from "./schema.js";
import { textInput } from "./text.js";
import { toolArguments } from "./tool-arguments.js";
import { uniqueInput } from "./unique.js";
import { valuesInput } from "./values.js";
import { propertyInput } from "./property.js";

/** @typedef {import("./slot.js").Field} Field */
/** @typedef {import("./slot.js").Make} Make */

/**
 * What is chosen from a searchable list, and by what it is known. The first rule that fits counts; without its source the field is a text.
 *
 * @type {{source: "databases" | "pages" | "pagesAndDatabases" | "people" | "connections" | "tools" | "jobs", name: RegExp, description?: RegExp, type?: "any"}[]}
 */
const LISTS = [
  { source: "databases", name: /(^|_)(database|data_source)(_id)?$/ },
  { source: "pages", name: /(^|_)page(_id)?$/ },
  { source: "pages", name: /^block_id$/, description: /\bpage\b/i },
  { source: "pages", name: /^(from|to|source|target)$/, description: /^page id/i, type: "any" },
  { source: "pagesAndDatabases", name: /(^|_)parent(_id)?$/ },
  { source: "pagesAndDatabases", name: /^id$/, description: /\bpage\b|\bdatabase\b|^id or link/i },
  { source: "people", name: /(^|_)(user|person|people|owner|assignee)(_id)?$/ },
  { source: "connections", name: /(^|_)connection(_id)?$/ },
  { source: "tools", name: /(^|_)tool(_name)?$/ },
  { source: "tools", name: /^(op|kind|name)$/, description: /^(the tool\b|name of (a|the) tool)/i },
  { source: "jobs", name: /(^|_)job(_id)?$/ },
];

const CHOOSE = "Choose a database to pick from its properties.";

/** @param {Field} field @param {(properties: import("./sources.js").Property[]) => import("./slot.js").Input} after @param {Make} before */
const once = (field, after, before) => adaptive(field, { before: before(field), after, hint: CHOOSE });

/**
 * What is built from the properties of the database that the form names.
 *
 * @type {{type: string, name: RegExp, description?: RegExp, make: Make}[]}
 */
const BUILT = [
  { type: "object", name: /^(filter|where)$/, make: (field) => once(field, (properties) => filterInput(field, properties), rowsInput) },
  { type: "array", name: /^sorts$/, make: (field) => once(field, (properties) => sortsInput(field, properties), listInput) },
  { type: "object", name: /^(properties|values)$/, description: /^(?!columns\b)(?!.*\brename\b)/is, make: (field) => once(field, (properties) => valuesInput(field, properties), rowsInput) },
  { type: "array", name: /^(properties|columns|group_by|aggregates|duplicates_by)$/, make: (field) => once(field, (properties) => namesInput(field, properties), listInput) },
  { type: "any", name: /^unique$/, description: /"property"/, make: (field) => once(field, (properties) => uniqueInput(field, properties), anyInput) },
  { type: "string", name: /(^|_)property$/, make: (field) => once(field, (properties) => propertyInput(field, properties), textInput) },
];

/** The control that a rule gives a field; none where no rule fits. @param {Field} field @returns {Make | null} */
export function pickerFor({ schema, name, context }) {
  const types = typesOf(schema);
  const [type] = types;
  const description = String(schema.description ?? "");
  const fits = (/** @type {{name: RegExp, description?: RegExp}} */ rule) => rule.name.test(name) && (rule.description?.test(description) ?? true);
  if (types.length > 1 || schema.enum || "const" in schema) {
    return null;
  }
  if (type === "string" || type === undefined) {
    const rule = LISTS.find((one) => fits(one) && (one.type === "any") === (type === undefined));
    const source = rule && context.sources[rule.source];
    if (source) {
      return (field) => pickerInput(field, source);
    }
  }
  if (type === "object" && /^(args|arguments|input)$/.test(name) && !Object.keys(schema.properties ?? {}).length) {
    const member = ["kind", "op", "tool", "tool_name", "name"].find((one) => context.scope?.has(one));
    return member ? (field) => toolArguments(field, member) : null;
  }
  const isFree = type !== "object" || Object.keys(schema.properties ?? {}).length === 0;
  const rule = context.columns && isFree ? BUILT.find((one) => one.type === (type ?? "any") && fits(one)) : undefined;
  return rule?.make ?? null;
}
