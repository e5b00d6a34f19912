// A conversation as turns: what the person said, and what the model said and did about it.

/**
 * @typedef {object} Call
 * @property {string} tool
 * @property {string} server who provides the tool
 * @property {unknown} arguments
 * @property {"running" | "answered" | "failed" | "not_made" | "unknown" | "asked"} state
 * @property {string} [result] what the model was told
 * @property {number} [cut_of] how many bytes the result had in all, where it was cut
 * @property {string} [request_id]
 */
/** @typedef {{kind: "text", text: string} | {kind: "call", call: Call}} Part */
/**
 * @typedef {object} Turn
 * @property {string | null} said
 * @property {string} [at]
 * @property {Part[]} parts
 */
/**
 * @typedef {object} Question
 * @property {string} id
 * @property {string} tool
 * @property {string} server
 * @property {unknown} arguments
 * @property {{id: string, name: string}} [connection]
 * @property {"reads" | "writes" | "destroys"} access
 * @property {string} expires_at
 */

/**
 * The turns of a conversation as the host keeps it.
 *
 * @param {any[]} messages
 * @param {boolean} isAsked whether a question is open, which is about the first call without a result
 * @returns {Turn[]}
 */
export function turnsOf(messages, isAsked) {
  /** @type {Turn[]} */
  const turns = [];
  /** @type {Map<string, Call>} */
  const open = new Map();
  for (const message of messages) {
    let turn = turns.at(-1);
    if (message.role === "person" || !turn) {
      turn = { said: message.role === "person" ? String(message.text ?? "") : null, at: message.at, parts: [] };
      turns.push(turn);
    }
    if (message.role === "model") {
      if (message.text?.trim()) {
        turn.parts.push({ kind: "text", text: message.text });
      }
      for (const wanted of message.calls ?? []) {
        /** @type {Call} */
        const call = { tool: wanted.tool, server: "", arguments: parsed(wanted.arguments), state: "unknown" };
        open.set(wanted.id, call);
        turn.parts.push({ kind: "call", call });
      }
    } else if (message.role === "tool") {
      const call = open.get(message.call);
      open.delete(message.call);
      if (call) {
        Object.assign(call, ended(message));
      }
    }
  }
  if (isAsked) {
    for (const call of open.values()) {
      call.state = "asked";
    }
  }
  return turns;
}

/** What is known of a call that has ended. @param {any} told @returns {Partial<Call>} */
export const ended = (told) => ({
  server: told.server ?? "",
  result: String(told.result ?? ""),
  // What never reached a tool has no request.
  state: !told.is_error ? "answered" : told.request_id ? "failed" : "not_made",
  request_id: told.request_id ?? undefined,
  cut_of: told.cut_of,
});

/** What a model wrote as arguments, which may be anything. @param {unknown} text */
function parsed(text) {
  try {
    return typeof text === "string" ? JSON.parse(text || "{}") : text;
  } catch {
    return text;
  }
}
