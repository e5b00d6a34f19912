// Where the console shows what an answer names.

import { address } from "../kit/router.js";

/** @param {string} id */
export const pageOf = (id) => address("pages", id);

/**
 * The console's page of what an object says; none where nobody knows.
 *
 * @param {Record<string, unknown>} object
 * @returns {string | null}
 */
export function placeOf(object) {
  const { id, url, object: kind, job_id: job } = object;
  if (typeof job === "string") {
    return address("jobs", job);
  }
  if (typeof id !== "string" || typeof url !== "string" || !/^https:\/\/([a-z0-9-]+\.)*notion\.(so|com|site)\//i.test(url)) {
    return null;
  }
  return kind === "database" || kind === "data_source" || "columns" in object ? address("databases", id) : kind === undefined || kind === "page" ? pageOf(id) : null;
}
