// How far a job is, and what came of it.

import { section, when } from "../components/layout.js";
import { notice, problem } from "../components/notice.js";
import { foreign, h, replace } from "../kit/element.js";
import { address } from "../kit/router.js";
import { counted } from "../kit/words.js";
import { toolOf } from "./job-source.js";
import { answerOf } from "./lazily.js";
import { isOpen, STATUSES, statusBadge } from "./words.js";

/** Objects and writes that are named. */
const MAX_NAMED = 20;

/** @typedef {import("./job-source.js").Job} Job */

/** A bar with what the tool says about it, that can be brought up to date. @param {Job} job */
export function progressView(job) {
  const bar = h("progress", { max: 1, "aria-label": `Progress of ${toolOf(job).slice(0, 60)}` });
  const said = h("span", { class: "quiet" });
  const element = h("div", { class: "job-progress" }, bar, said);
  /** @param {Job} now */
  function update(now) {
    const { progress, counts, message, status } = now;
    // Once it has ended, the status says it.
    bar.hidden = !isOpen(status) || (progress === undefined && status !== "running");
    if (progress === undefined) {
      bar.removeAttribute("value");
    } else {
      bar.value = progress;
    }
    const share = progress === undefined || !isOpen(status) ? "" : `${Math.round(progress * 100)} %`;
    const count = !counts ? "" : counts.total === undefined ? `${counts.done.toLocaleString("en")} done` : `${counts.done.toLocaleString("en")} of ${counts.total.toLocaleString("en")} done`;
    replace(said, [share, count].filter(Boolean).join(" · "), message ? [share || count ? " · " : "", foreign(message, { max: 200 })] : null);
    element.hidden = bar.hidden && !said.textContent;
  }
  update(job);
  return { element, update };
}

/** The status in words; it is read out when it changes. @param {Job} job */
export function statusView(job) {
  const element = h("p", { class: "job-status", role: "status", tabindex: "-1" });
  let shown = "";
  /** @param {Job} now */
  function update(now) {
    const key = `${now.status} ${now.next_run_at ?? ""}`;
    if (key !== shown) {
      shown = key;
      replace(element, statusBadge(now.status), " ", STATUSES[now.status]?.text ?? "", now.next_run_at && isOpen(now.status) ? [" It runs again ", when(now.next_run_at), "."] : null);
    }
  }
  update(job);
  return { element, update };
}

/** What came of a job that has ended, or why it waits. @param {Job} job @param {boolean} isOwn @returns {import("../kit/element.js").Child} */
export function outcomeOf(job, isOwn) {
  const isOver = !isOpen(job.status);
  const isWell = job.status === "succeeded";
  return [
    job.error ? section(isOver ? "Why it failed" : "Why it waits", isOver ? problem(job.error) : notice("warning", foreign(job.error.message), job.error.hint ? foreign(job.error.hint) : null)) : null,
    isOver && !isWell ? done(job) : null,
    job.output !== undefined ? section(isWell ? "What it answered" : "What it answered all the same", isWell ? null : h("p", { class: "quiet" }, "It didn't come to its end, so this may be a part."), answerOf(job.output, toolOf(job))) : null,
    isOver && !isOwn ? h("p", { class: "quiet" }, "What it answered is shown to its owner alone.") : null,
  ];
}

/** What a job did that didn't come to its end. @param {Job} job */
function done(job) {
  const done = job.done ?? job.error?.details?.done;
  if (!done) {
    return job.status === "cancelled" || job.status === "failed" ? section("What it did", h("p", null, "It has written nothing, as far as is known.")) : null;
  }
  const ids = done.ids ?? [];
  const unknown = done.unknown ?? [];
  const unknownCount = done.unknown_count ?? unknown.length;
  return section("What it did before",
    h("p", null, `${counted(done.writes ?? 0, "write")} carried out. ${done.writes ? "What it has written stays." : ""}`),
    unknownCount ? notice("warning", `${counted(unknownCount, "write")} may or may not have been carried out. Look before you start it again.`, writes(unknown)) : null,
    ids.length ? h("ul", { class: "objects" }, ids.slice(0, MAX_NAMED).map((/** @type {string} */ id) => h("li", null, h("a", { href: address("pages", id) }, foreign(id, { max: 80 })))),
      ids.length > MAX_NAMED ? h("li", { class: "quiet" }, `and ${ids.length - MAX_NAMED} more`) : null) : null,
    done.last_writes?.length ? [h("h3", null, "The last writes"), writes(done.last_writes)] : null);
}

/** @param {{method: string, route: string, target: string}[]} some */
const writes = (some) => h("ul", { class: "writes" }, some.slice(-MAX_NAMED).map(({ method, route, target }) => h("li", null, h("code", null, foreign(`${method} ${route}`, { max: 200 })), " ", foreign(target, { max: 200 }))));
