// What is wrong with a value by its schema, in our words. The host checks all of it again; what is told here is told sooner.

import { plain } from "./plain.js";
import { same } from "./same.js";
import { choicesOf, takesNull, typesOf } from "./schema.js";

/** @typedef {(string | number)[]} Path */
/** @typedef {{path: Path, text: string, isMissing?: boolean}} Fault */
/** @typedef {import("./schema.js").Schema} Schema */

/** What is told at once: whoever mends these is told the rest. */
const MAX_FAULTS = 50;

/** @param {unknown} value @param {Schema} schema @param {Path} [path] @returns {Fault[]} */
export function check(value, schema, path = []) {
  /** @type {Fault[]} */
  const faults = [];
  look(value, schema ?? {}, path, faults);
  return faults;
}

/** That something is missing. @param {Path} path @returns {Fault} */
export const missing = (path) => ({ path, text: "Fill this in.", isMissing: true });

/** @param {unknown} value @param {Schema} schema @param {Path} path @param {Fault[]} faults */
function look(value, schema, path, faults) {
  if (value === undefined || faults.length >= MAX_FAULTS || typeof schema !== "object" || schema === null) {
    return;
  }
  const wrong = (/** @type {string} */ text) => faults.push({ path, text });
  if (value === null && takesNull(schema)) {
    return;
  }
  const choices = choicesOf(schema);
  if ("const" in schema && !same(value, schema.const)) {
    wrong(`This is always ${plain(JSON.stringify(schema.const), 60)}.`);
    return;
  }
  if (choices && !choices.some((choice) => same(choice.value, value))) {
    wrong(`Choose one of: ${plain(choices.slice(0, 12).map(({ label }) => plain(label, 30)).join(", "), 200)}${choices.length > 12 ? ", …" : ""}.`);
    return;
  }
  const types = typesOf(schema);
  if (types.length && !types.some((type) => isOf(value, type))) {
    wrong(typeFault(value, types));
    return;
  }
  if (typeof value === "string") {
    text(value, schema, wrong);
  } else if (typeof value === "number") {
    number(value, schema, wrong);
  } else if (Array.isArray(value)) {
    array(value, schema, path, faults);
  } else if (typeof value === "object" && value !== null) {
    object(/** @type {Record<string, unknown>} */ (value), schema, path, faults);
  }
}

/** @param {unknown} value @param {string} type */
function isOf(value, type) {
  switch (type) {
    case "integer": return Number.isInteger(value);
    case "array": return Array.isArray(value);
    case "object": return typeof value === "object" && value !== null && !Array.isArray(value);
    default: return typeof value === type;
  }
}

/** @type {Record<string, string>} */
const NAMES = { string: "a text", number: "a number", integer: "a whole number", boolean: "yes or no", array: "a list", object: "an object" };

/** @param {unknown} value @param {string[]} types */
function typeFault(value, types) {
  if (typeof value === "string" && /^-?\d{16,}$/.test(value.trim())) {
    return "This number is longer than can be sent exactly.";
  }
  const given = value === null ? ", not nothing" : typeof value === "number" || typeof value === "boolean" ? `, not ${value}` : "";
  return `Give ${types.map((type) => NAMES[type] ?? type).join(" or ")}${given}.`;
}

/** @param {string} value @param {Schema} schema @param {(text: string) => void} wrong */
function text(value, schema, wrong) {
  const length = [...value].length;
  const { minLength = 0, maxLength = Infinity } = schema;
  if (length < minLength) {
    wrong(minLength === 1 ? "This can't be empty." : `At least ${minLength} characters: there are ${length}.`);
  } else if (length > maxLength) {
    wrong(`At most ${maxLength} characters: there are ${length}.`);
  } else if (schema.pattern && !matches(value, schema.pattern)) {
    wrong(`This doesn't have the form that is asked for: ${plain(schema.pattern, 80)}`);
  } else if (schema.format && FORMATS[schema.format] && !FORMATS[schema.format]?.is(value)) {
    wrong(FORMATS[schema.format]?.says ?? "");
  }
}

/** Forms of texts; those that are not here the host knows. @type {Record<string, {is: (text: string) => boolean, says: string}>} */
const FORMATS = {
  "date": { is: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)), says: "Give a day, such as 2026-01-31." },
  "date-time": { is: (value) => /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}/.test(value) && !Number.isNaN(Date.parse(value)), says: "Give a time, such as 2026-01-31T09:30:00Z." },
  "email": { is: (value) => /^[^\s@]+@[^\s@]+$/.test(value), says: "Give an email address." },
  "uri": { is: (value) => URL.canParse(value), says: "Give a whole link, such as https://example.com." },
  "url": { is: (value) => URL.canParse(value), says: "Give a whole link, such as https://example.com." },
  "uuid": { is: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value), says: "Give an id in the form of a UUID." },
};

/** Longest value that is matched against a pattern here, in characters. */
const MAX_MATCHED = 1_000;

/**
 * Whether a text has a form. A pattern that could take long is left to the host, whose time is bounded: a schema is somebody else's.
 *
 * @param {string} value
 * @param {string} pattern
 */
function matches(value, pattern) {
  const isSlow = pattern.length > 300 || value.length > MAX_MATCHED || /\)[*+{?]|\\[1-9k]|\(\?[=!<]/.test(pattern) || (pattern.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0) > 2;
  if (isSlow) {
    return true;
  }
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

/** @param {number} value @param {Schema} schema @param {(text: string) => void} wrong */
function number(value, schema, wrong) {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity, multipleOf } = schema;
  const isRange = Number.isFinite(minimum) && Number.isFinite(maximum);
  if (value < minimum || value > maximum) {
    wrong(isRange ? `From ${minimum} to ${maximum}.` : value < minimum ? `At least ${minimum}.` : `At most ${maximum}.`);
  } else if (value <= exclusiveMinimum) {
    wrong(`More than ${exclusiveMinimum}.`);
  } else if (value >= exclusiveMaximum) {
    wrong(`Less than ${exclusiveMaximum}.`);
  } else if (multipleOf > 0 && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9) {
    wrong(`A multiple of ${multipleOf}.`);
  }
}

/** @param {unknown[]} value @param {Schema} schema @param {Path} path @param {Fault[]} faults */
function array(value, schema, path, faults) {
  const { minItems = 0, maxItems = Infinity } = schema;
  if (value.length < minItems) {
    faults.push({ path, text: minItems === 1 ? "Add at least one." : `Add at least ${minItems}: there are ${value.length}.` });
  } else if (value.length > maxItems) {
    faults.push({ path, text: `At most ${maxItems}: there are ${value.length}.` });
  } else if (schema.uniqueItems && value.length <= 1_000 && new Set(value.map((one) => JSON.stringify(one))).size < value.length) {
    faults.push({ path, text: "Each only once." });
  }
  value.forEach((one, place) => look(one, schema.items ?? {}, [...path, place], faults));
}

/** @param {Record<string, unknown>} value @param {Schema} schema @param {Path} path @param {Fault[]} faults */
function object(value, schema, path, faults) {
  const properties = schema.properties ?? {};
  for (const name of Array.isArray(schema.required) ? schema.required : []) {
    if (!Object.hasOwn(value, name) || value[name] === undefined) {
      faults.push(missing([...path, name]));
    }
  }
  for (const [name, one] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) {
      look(one, properties[name], [...path, name], faults);
    } else if (schema.additionalProperties === false) {
      faults.push({ path, text: `There is no “${plain(name, 60)}” here.` });
    } else if (typeof schema.additionalProperties === "object") {
      look(one, schema.additionalProperties, [...path, name], faults);
    }
  }
}
