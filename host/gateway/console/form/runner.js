// Calls a tool once for each wish: what may write has a key, which is kept until its outcome is known.

import { call, freshKey } from "../kit/api.js";

/** Outcomes after which nobody knows yet what came of the call: asked again under its key, it is the same call. */
const OPEN = ["unreachable", "outcome_unknown", "cancelled", "unavailable"];

/** @param {any} error */
export const isOpen = (error) => error?.name === "AbortError" || OPEN.includes(error?.code) || (error?.code === "conflict" && /still running/i.test(error?.message ?? ""));

/** @param {{name: string, effect: string}} tool */
export function runner(tool) {
  /** @type {{key: string, text: string} | null} */
  let kept = null;
  return {
    /** Whether this very wish was sent before, and nobody knows what came of it. @param {unknown} input */
    isAgain: (input) => kept?.text === JSON.stringify(input),
    /** @param {Record<string, unknown>} input @param {AbortSignal} signal */
    async run(input, signal) {
      const text = JSON.stringify(input);
      if (tool.effect === "reads") {
        return call(tool.name, input, { signal });
      }
      const own = kept?.text === text ? kept : { key: freshKey(), text };
      kept = own;
      try {
        const answer = await call(tool.name, input, { key: own.key, signal });
        kept = null;
        return answer;
      } catch (error) {
        if (!isOpen(error)) {
          kept = null;
        }
        throw error;
      }
    },
  };
}
