// What a turn tells while it runs: a stream of events, read piece by piece.

import { opened, Problem, send } from "../kit/api.js";

/** Longest event, in characters: a turn's end has all of its calls with their results. */
const MAX_EVENT = 16 * 1024 * 1024;

/** @typedef {{name: string, data: any}} Told */

/**
 * The events of a stream (text/event-stream). Comments, ids and times to wait are nothing to a reader who asks only once.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{name: string, data: string}>}
 */
export async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let name = "";
  /** @type {string[]} */
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      rest += decoder.decode(value, { stream: true });
      if (rest.length > MAX_EVENT) {
        throw new Problem({ code: "limit_exceeded", message: "The host tells more at once than fits here." }, 0);
      }
      // A carriage return at the end may be the first half of a line's end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length) {
            yield { name: name || "message", data: data.join("\n") };
          }
          name = "";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") {
          name = text;
        } else if (field === "data") {
          data.push(text);
        }
      }
    }
  } finally {
    // Who leaves the loop wants no more of it.
    reader.cancel().catch(() => {});
  }
}

/**
 * Says something, tells what happens as it happens, and answers how the turn ended: `done` or `question`.
 *
 * @param {Record<string, unknown>} said the body of the request
 * @param {{signal: AbortSignal, tell: (told: Told) => void}} options
 * @returns {Promise<Told>}
 */
export async function turn(said, { signal, tell }) {
  const response = await send("/v1/chat", { method: "POST", body: said, headers: { Accept: "text/event-stream" }, signal });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    const { result } = await opened(response);
    return { name: result.question ? "question" : "done", data: result };
  }
  try {
    for await (const { name, data } of events(response.body)) {
      const told = { name, data: JSON.parse(data) };
      if (name === "done" || name === "question") {
        return told;
      }
      if (name === "error") {
        throw new Problem(told.data, response.status);
      }
      tell(told);
    }
  } catch (error) {
    if (signal.aborted || error instanceof Problem) {
      throw error;
    }
  }
  throw new Problem({
    code: "unreachable",
    message: "The answer broke off.",
    hint: "See whether the host runs and this machine is online. What was done stays done: load the conversation again to see it.",
  }, 0);
}
