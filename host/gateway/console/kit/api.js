// The host's REST interface, as every other client uses it. A session's requests carry the token of its forms, which no other site knows.

import { signedOut } from "./session.js";

/** What the host refused, or what kept its answer from here. */
export class Problem extends Error {
  /**
   * @param {{code: string, message: string, hint?: string, details?: any}} error
   * @param {number} status
   * @param {string} [requestId]
   */
  constructor(error, status, requestId) {
    super(error.message);
    this.code = error.code;
    this.hint = error.hint;
    this.details = error.details;
    this.status = status;
    this.requestId = requestId;
  }
}

/** @typedef {{result: any, content?: any[], meta: Record<string, any>}} Answer `content` holds the parts of an answer besides data */
/** @typedef {{method?: string, query?: Record<string, unknown>, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal}} Request */

/** What forms of this session carry; none until the session is known. */
let formToken = "";

/** @param {string} token */
export function useFormToken(token) {
  formToken = token;
}

/**
 * Asks the host, and answers the whole response.
 *
 * @param {string} path
 * @param {Request} [request]
 * @returns {Promise<Response>}
 */
export async function send(path, { method = "GET", query, body, headers, signal } = {}) {
  const address = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") {
      address.searchParams.set(name, String(value));
    }
  }
  /** @type {Record<string, string>} */
  const sent = { Accept: "application/json", ...headers };
  if (method !== "GET") {
    sent["X-Form-Token"] = formToken;
  }
  /** @type {BodyInit | undefined} */
  let content;
  if (body instanceof Blob) {
    content = body;
  } else if (body !== undefined) {
    content = JSON.stringify(body);
    sent["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(address, { method, headers: sent, body: content, signal, credentials: "same-origin" });
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new Problem({
      code: "unreachable",
      message: "The host doesn't answer.",
      hint: "See whether it runs and this machine is online, then try again. What was asked may have been done.",
    }, 0);
  }
  if (response.status === 401) {
    signedOut();
  }
  return response;
}

/**
 * Asks the host, and answers what its envelope holds.
 *
 * @param {string} path
 * @param {Request} [request]
 * @returns {Promise<Answer>}
 */
export async function ask(path, request) {
  const response = await send(path, request);
  return opened(response);
}

/**
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
export async function opened(response) {
  const envelope = await response.json().catch(() => null);
  if (response.ok && envelope?.ok) {
    return { result: envelope.result, content: envelope.content, meta: envelope.meta ?? {} };
  }
  const error = envelope?.error ?? { code: "failed", message: `The host answered ${response.status}.` };
  throw new Problem(error, response.status, envelope?.meta?.request_id);
}

/** @param {string} path @param {Record<string, unknown>} [query] @param {AbortSignal} [signal] */
export const get = async (path, query, signal) => (await ask(path, { query, signal })).result;

/** @param {string} path @param {unknown} [body] */
export const post = async (path, body) => (await ask(path, { method: "POST", body: body ?? {} })).result;

/** @param {string} path */
export const remove = async (path) => (await ask(path, { method: "DELETE" })).result;

/**
 * Calls a tool. A call that may write has a key: sent again with the same one, it is done once.
 *
 * @param {string} tool
 * @param {Record<string, unknown>} input
 * @param {{key?: string, signal?: AbortSignal}} [options]
 */
export function call(tool, input, { key, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = key ? { "Idempotency-Key": key } : {};
  return ask(`/v1/tools/${encodeURIComponent(tool)}`, { method: "POST", body: input, headers, signal });
}

/** A key for one intent of a person's, to be kept until its outcome is known. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
