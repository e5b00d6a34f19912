// What somebody has begun to write: it survives a reload of the tab, and nobody else's sign-in.

import { session } from "../kit/session.js";

const PREFIX = "toolbay:draft:";
/** Longest draft, in characters: storage has an end. */
const MAX = 1_500_000;

const owner = () => `${session().kind} ${session().name}`;

/**
 * A draft by its name.
 *
 * @template Value
 * @param {string} name
 */
export function draft(name) {
  const key = `${PREFIX}${name}`;
  return {
    /** @returns {Value | null} */
    read: () => {
      try {
        const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
        return kept && kept.owner === owner() ? kept.value : null;
      } catch {
        return null;
      }
    },
    /** Whether it could be kept. @param {Value} value */
    write: (value) => {
      try {
        const text = JSON.stringify({ owner: owner(), value });
        if (text.length > MAX) {
          return false;
        }
        sessionStorage.setItem(key, text);
        return true;
      } catch {
        return false;
      }
    },
    clear: () => {
      try {
        sessionStorage.removeItem(key);
      } catch {
        // Without storage there is none.
      }
    },
  };
}

addEventListener("toolbay:signed-out", () => {
  try {
    for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith(PREFIX))) {
      sessionStorage.removeItem(key);
    }
  } catch {
    // Without storage there is nothing to take away.
  }
});
