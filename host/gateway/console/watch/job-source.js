// Where a job is found: among one's own, else, for who administers, among everybody's.

import { get, Problem } from "../kit/api.js";
import { session } from "../kit/session.js";
import { onChange } from "../kit/live.js";

/**
 * @typedef {object} Job
 * @property {string} job_id
 * @property {string} [kind] the tool, of one's own
 * @property {string} [tool] the tool, of everybody's
 * @property {{id: string, name: string}} [principal]
 * @property {string} status
 * @property {number} [progress] from 0 to 1
 * @property {{done: number, total?: number}} [counts]
 * @property {string} [message]
 * @property {string} [created_at]
 * @property {string} [next_run_at]
 * @property {string} [ended_at]
 * @property {{code: string, message: string, hint?: string, details?: any}} [error]
 * @property {unknown} [output]
 * @property {{writes?: number, ids?: string[], unknown?: any[], unknown_count?: number, last_writes?: any[]}} [done]
 */

/** Jobs of one answer when one is looked for, and how many answers are looked at. */
const PAGE = 100;
const MAX_PAGES = 10;

/** Milliseconds between two questions how far a job is. */
const POLL = 3_000;

/** @param {Job} job */
export const toolOf = (job) => job.tool ?? job.kind ?? "a tool";

/**
 * A job, asked for again and again.
 *
 * @param {string} id @param {AbortSignal} signal
 * @returns {Promise<{job: Job, isOwn: boolean, again: () => Promise<Job>}>}
 */
export async function findJob(id, signal) {
  try {
    const ask = () => get(`/v1/jobs/${encodeURIComponent(id)}`, {}, signal);
    const job = await ask();
    // Its times are in the list alone.
    const times = await listed("/v1/jobs", id, undefined, 1, signal).then((found) => found?.job).catch(() => undefined);
    const known = { created_at: times?.created_at };
    return { job: { ...times, ...job }, isOwn: true, again: async () => ({ ...known, ...(await ask()) }) };
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "not_found" || !session().administers) {
      throw error;
    }
    const found = await listed("/v1/administration/jobs", id, undefined, MAX_PAGES, signal);
    if (!found) {
      throw error;
    }
    return {
      job: found.job,
      isOwn: false,
      again: async () => (await listed("/v1/administration/jobs", id, found.cursor, 2, signal))?.job ?? found.job,
    };
  }
}

/**
 * @param {string} path @param {string} id @param {string | undefined} from @param {number} pages @param {AbortSignal} signal
 * @returns {Promise<{job: Job, cursor: string | undefined} | undefined>}
 */
async function listed(path, id, from, pages, signal) {
  let cursor = from;
  for (let page = 0; page < pages; page += 1) {
    const answer = await get(path, { limit: PAGE, cursor }, signal);
    const job = answer.jobs.find((/** @type {Job} */ one) => one.job_id === id);
    if (job) {
      return { job, cursor };
    }
    cursor = answer.next_cursor;
    if (!cursor) {
      return undefined;
    }
  }
  return undefined;
}

/**
 * Looks again when jobs have changed, and every few seconds as long as one is under way: its progress is no change of its own.
 *
 * @param {() => Promise<boolean>} look answers whether something is under way
 * @param {boolean} isUnderWay
 * @param {AbortSignal} signal
 */
export function follow(look, isUnderWay, signal) {
  let isBusy = false;
  let runs = isUnderWay;
  const again = async () => {
    if (isBusy || document.hidden || signal.aborted) {
      return;
    }
    isBusy = true;
    try {
      runs = await look();
    } catch {
      // What is shown stays; the next look may be answered.
    } finally {
      isBusy = false;
    }
  };
  onChange("jobs", again, signal, { every: 1_000 });
  document.addEventListener("visibilitychange", again, { signal });
  const polling = setInterval(() => runs && again(), POLL);
  signal.addEventListener("abort", () => clearInterval(polling));
  return again;
}

