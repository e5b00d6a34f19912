// What the host says is wrong with the arguments, and where: each goes to its field.

/** @typedef {import("./check.js").Path} Path */
/** @typedef {import("./check.js").Fault} Fault */

/**
 * The faults of an error of the host; none where it names no place.
 *
 * @param {{code?: string, message?: string, details?: unknown}} error
 * @param {string[]} members the names of the tool's arguments
 * @returns {Fault[]}
 */
export function faultsOf({ code, message = "", details }, members) {
  if (code !== "invalid_input") {
    return [];
  }
  const places = Array.isArray(details) ? details.filter((one) => typeof one?.path === "string") : [];
  const texts = sentences(message, places.length);
  const found = places.map((place, at) => {
    const path = pathOf(place.path);
    const text = texts[at] ?? message;
    const isMissing = place.keyword === "required";
    return { path: isMissing ? [...path, ...missingName(text, path)] : path, text: isMissing ? "Fill this in." : upper(text), isMissing };
  });
  // A tool that refuses by itself says the name of what it refuses first.
  const [, named] = /^`([^`]+)`/.exec(message) ?? [];
  const path = named && members.includes(named) ? [named] : (named ?? "").split(/[.[\]]+/).filter(Boolean).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return found.length === 0 && members.includes(String(path[0])) ? [{ path, text: upper(message) }] : found;
}

/** A JSON pointer's steps. @param {string} pointer @returns {Path} */
const pathOf = (pointer) => pointer.split("/").slice(1).map((step) => {
  const plain = step.replaceAll("~1", "/").replaceAll("~0", "~");
  return /^\d+$/.test(plain) ? Number(plain) : plain;
});

/** A message in as many parts as there are places. @param {string} message @param {number} count */
function sentences(message, count) {
  const parts = message.split(/; (?=`)/);
  return parts.length === count ? parts : Array(count).fill(message);
}

/** The name that is missing at a path: the message says the whole of it, with dots. @param {string} text @param {Path} path */
function missingName(text, path) {
  const [, said] = /`([^`]+)` is missing/.exec(text) ?? [];
  const before = path.length ? `${path.join(".")}.` : "";
  return said?.startsWith(before) ? [said.slice(before.length)] : [];
}

/** @param {string} text */
const upper = (text) => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…`"]$/.test(begun) ? begun : `${begun}.`;
};
