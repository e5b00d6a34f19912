// Which operators fit the values of a property's type, what they are called, and how many values they take.

/** @typedef {"text" | "number" | "checkbox" | "choice" | "choices" | "date" | "people" | "relation" | "existence" | "verification" | "any"} Family */
/** @typedef {"none" | "one" | "two" | "many"} Takes */
/** @typedef {{name: string, words: string, takes: Takes}} Operator */

/** The family of each type; of formulas and rollups nobody knows before a row is read. @type {Record<string, Family>} */
const FAMILIES = {
  title: "text", rich_text: "text", url: "text", email: "text", phone_number: "text",
  number: "number", unique_id: "number",
  checkbox: "checkbox",
  select: "choice", status: "choice",
  multi_select: "choices",
  date: "date", created_time: "date", last_edited_time: "date",
  people: "people", created_by: "people", last_edited_by: "people",
  relation: "relation",
  files: "existence",
  verification: "verification",
  formula: "any", rollup: "any",
};

/** The family of a type; none where nobody can filter by it. @param {string} type @returns {Family | null} */
export const familyOf = (type) => FAMILIES[type] ?? null;

/** @param {string} name @param {string} words @param {Takes} [takes] @returns {Operator} */
const operator = (name, words, takes = "one") => ({ name, words, takes });

const EMPTY = [operator("is_empty", "is empty", "none"), operator("is_not_empty", "is not empty", "none")];
const SEVERAL = [operator("contains", "has"), operator("does_not_contain", "doesn't have"), operator("in", "has any of", "many"), operator("not_in", "has none of", "many"), ...EMPTY];

/** @type {Record<Family, Operator[]>} */
const OPERATORS = {
  text: [
    operator("contains", "contains"), operator("does_not_contain", "doesn't contain"), operator("equals", "is"), operator("does_not_equal", "is not"),
    operator("starts_with", "starts with"), operator("ends_with", "ends with"), operator("in", "is any of", "many"), operator("not_in", "is none of", "many"), ...EMPTY,
  ],
  number: [
    operator("equals", "="), operator("does_not_equal", "≠"), operator("greater_than", ">"), operator("greater_than_or_equal_to", "≥"),
    operator("less_than", "<"), operator("less_than_or_equal_to", "≤"), operator("between", "is between", "two"), ...EMPTY,
  ],
  checkbox: [operator("equals", "is"), operator("does_not_equal", "is not")],
  choice: [operator("equals", "is"), operator("does_not_equal", "is not"), operator("in", "is any of", "many"), operator("not_in", "is none of", "many"), ...EMPTY],
  choices: SEVERAL,
  date: [
    operator("equals", "is"), operator("before", "is before"), operator("after", "is after"), operator("on_or_before", "is on or before"),
    operator("on_or_after", "is on or after"), operator("between", "is between", "two"),
    operator("this_week", "is in this week", "none"), operator("past_week", "is in the past week", "none"), operator("past_month", "is in the past month", "none"),
    operator("past_year", "is in the past year", "none"), operator("next_week", "is in the next week", "none"), operator("next_month", "is in the next month", "none"),
    operator("next_year", "is in the next year", "none"), ...EMPTY,
  ],
  people: SEVERAL,
  relation: SEVERAL,
  existence: EMPTY,
  verification: [operator("status", "is"), operator("does_not_equal", "is not")],
  any: [
    operator("equals", "is"), operator("does_not_equal", "is not"), operator("contains", "contains"), operator("does_not_contain", "doesn't contain"),
    operator("greater_than", ">"), operator("greater_than_or_equal_to", "≥"), operator("less_than", "<"), operator("less_than_or_equal_to", "≤"),
    operator("before", "is before"), operator("after", "is after"), operator("on_or_before", "is on or before"), operator("on_or_after", "is on or after"), ...EMPTY,
  ],
};

/** @param {Family} family */
export const operatorsOf = (family) => OPERATORS[family];

/** What operators are called besides, and which they mean: the first that a family has. @type {[string[], string[]][]} */
const CALLED = [
  [["=", "==", "eq", "is", "equals"], ["equals", "contains", "status"]],
  [["!=", "<>", "ne", "is_not", "not", "does_not_equal"], ["does_not_equal", "does_not_contain"]],
  [[">", "gt", "greater_than", "after"], ["greater_than", "after"]],
  [["<", "lt", "less_than", "before"], ["less_than", "before"]],
  [[">=", "gte", "ge", "greater_than_or_equal_to", "on_or_after", "since", "at_least"], ["greater_than_or_equal_to", "on_or_after"]],
  [["<=", "lte", "le", "less_than_or_equal_to", "on_or_before", "until", "at_most"], ["less_than_or_equal_to", "on_or_before"]],
  [["any_of", "one_of"], ["in"]],
  [["none_of", "nin"], ["not_in"]],
];

/** The operator of a family that a name means. @param {Family} family @param {string} given @returns {Operator | null} */
export function operatorNamed(family, given) {
  const known = (/** @type {string} */ name) => OPERATORS[family].find((one) => one.name === name);
  const name = given.trim().toLowerCase();
  const exact = known(name);
  if (exact) {
    return exact;
  }
  const [, meanings] = CALLED.find(([called]) => called.includes(name)) ?? [[], []];
  for (const meaning of meanings) {
    const found = known(meaning);
    if (found) {
      return found;
    }
  }
  return null;
}

/** The operator that a value without one means. @param {Family} family */
export const equality = (family) => ({ choices: "contains", people: "contains", relation: "contains", verification: "status" }[/** @type {string} */ (family)] ?? "equals");

/** Whether an operator without a value says a span of time, which is written with an empty object. @param {string} name */
export const isSpan = (name) => /_(week|month|year)$/.test(name);
