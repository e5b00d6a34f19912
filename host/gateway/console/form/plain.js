// Text from outside, for places that hold nothing but text: options, names of controls, placeholders.

/** Longest text in such a place, in characters. */
const MAX = 120;

/**
 * A text without marks that would turn the direction of what stands around it, cut where it is long.
 *
 * @param {unknown} value
 * @param {number} [max]
 */
export function plain(value, max = MAX) {
  const text = String(value ?? "").slice(0, max * 4).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, " ").trim();
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** The name of a member, in words: `parent_page_id` is "Parent page id". @param {string} name */
export function inWords(name) {
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name) || name === name.toUpperCase()) {
    return plain(name);
  }
  const words = plain(name).replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").trim().toLowerCase();
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/\b(url|json|sql|html)\b/gi, (word) => word.toUpperCase());
}

/** What a member is called: what an id is of, rather than that it is one. @param {string} name */
export function labelOf(name) {
  return inWords(name.replace(/(?<=[a-z0-9])_id$/, "").replace(/(?<=[a-z0-9])_ids$/, "s"));
}
