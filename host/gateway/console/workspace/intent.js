// One intent of a person's: however often it is sent, it is carried out once.

import { Problem, call, freshKey } from "../kit/api.js";

/** Ends of a call after which nobody knows whether it was carried out. */
const UNKNOWN = new Set(["unreachable", "outcome_unknown", "cancelled"]);

/**
 * Calls that may write. The key of a call is kept until its outcome is known: sent again without a change it is the same call; and a changed one
 * isn't sent as long as the first may have been carried out.
 *
 * @param {string | undefined} connection
 */
export function intent(connection) {
  let key = freshKey();
  /** @type {string | null} */
  let open = null;
  return {
    /** Whether a call was sent of which nobody knows the outcome. */
    get isOpen() {
      return open !== null;
    },
    /**
     * @param {string} tool
     * @param {Record<string, unknown>} input
     * @returns {Promise<any>}
     */
    send: async (tool, input) => {
      const whole = connection ? { ...input, connection_id: connection } : input;
      const text = JSON.stringify([tool, whole]);
      if (open !== null && open !== text) {
        throw new Problem({
          code: "outcome_unknown",
          message: "Nobody knows yet whether what was sent before has been done.",
          hint: "Take back what you changed since and try again: it is done once. Or look at Notion first.",
        }, 0);
      }
      try {
        const { result } = await call(tool, whole, { key });
        open = null;
        key = freshKey();
        return result;
      } catch (error) {
        const { code, details } = /** @type {Problem} */ (error);
        if (UNKNOWN.has(code) || details?.done || (open !== null && code === "conflict")) {
          open = text;
        } else {
          open = null;
          key = freshKey();
        }
        throw error;
      }
    },
  };
}
