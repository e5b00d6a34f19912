// One call as a story: who called, what came of it, and what it has written.

import { folded, json, pageHead, section, when } from "../components/layout.js";
import { notice } from "../components/notice.js";
import { table } from "../components/table.js";
import { kept, watched } from "../components/watched.js";
import { get, Problem } from "../kit/api.js";
import { foreign, h, replace } from "../kit/element.js";
import { address } from "../kit/router.js";
import { duration } from "../kit/words.js";
import { effectList } from "../watch/effects.js";
import { jobActions } from "../watch/job-actions.js";
import { findJob, follow } from "../watch/job-source.js";
import { progressView, statusView } from "../watch/job-view.js";
import { argumentsOf } from "../watch/lazily.js";
import { ending, factsOf, sentence } from "../watch/told.js";
import { isOpen, outcomeBadge } from "../watch/words.js";

/** Calls of a call, and its events, that are shown. */
const MAX_CALLS = 100;
const MAX_EVENTS = 200;

/** How often a call that goes on is asked for at most, in milliseconds: the host looks at all of its events. */
const EVERY = 4_000;

const BACK = { href: "/console/activity", label: "Activity" };

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, signal, setTitle }) {
  const path = `/v1/activity/${encodeURIComponent(parameters.call ?? "")}`;
  /** @type {import("../watch/told.js").Call} */
  let first;
  try {
    first = await get(path, {}, signal);
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") {
      return h("div", null, pageHead({ title: "Call", back: BACK }), notice("info", "Nothing is kept of this call.", "Calls that only read leave no trace here, and what another principal did is shown to who administers."));
    }
    throw error;
  }
  const name = first.title || first.tool;
  setTitle(name);

  const actions = h("div", { class: "actions" });
  const job = h("div");
  if (first.job_id) {
    // The page is there before its job is: both are asked for.
    jobOf(first.job_id, signal, actions).then((made) => replace(job, made));
  } else {
    replace(actions, h("a", { class: "button", href: address("tools", first.tool) }, "Open the tool"));
  }
  /** @type {import("../watch/told.js").Call | null} */
  let known = first;
  const story = watched({
    load: async () => {
      const call = known ?? await get(path, {}, signal);
      known = null;
      return call;
    },
    show: (call) => told(call, job),
    signal,
    // What has ended stays as it is.
    on: first.outcome === "begun" || first.job_id ? ["activity", "jobs"] : [],
    every: EVERY,
  });
  return h("div", null, pageHead({ title: foreign(name, { max: 120 }), lead: sentence(first), back: BACK, actions }), story.element);
}

/** @param {import("../watch/told.js").Call} call @param {HTMLElement} job */
function told(call, job) {
  const calls = call.calls ?? [];
  return h("div", null,
    ending(call),
    job,
    section("What it has written",
      call.effects.length ? effectList(call.effects, call.call) : h("p", { class: "quiet" }, call.outcome === "begun" ? "Nothing yet." : "It has written nothing."),
      call.has_more ? h("p", { class: "quiet" }, "There is more than is shown here.") : null),
    call.arguments === undefined ? null : section("What it was asked", argumentsOf(call.arguments)),
    section("About it", factsOf(call)),
    calls.length ? section("Calls that it made", table({
      caption: "Calls that it made",
      rows: calls.slice(0, MAX_CALLS),
      columns: [
        { name: "Tool", show: (one) => h("a", { href: address("activity", one.call) }, foreign(one.tool, { max: 80 })) },
        { name: "When", show: (one) => when(one.started_at) },
        { name: "Took", kind: "number", show: (one) => (one.duration_ms === undefined ? "–" : duration(one.duration_ms)) },
        { name: "Ended", show: (one) => outcomeBadge(one.outcome) },
      ],
    }), calls.length > MAX_CALLS ? h("p", { class: "quiet" }, `${calls.length - MAX_CALLS} more aren't shown.`) : null) : null,
    h("div", { class: "section" }, technical(call)));
}

/** The events as the audit has them. @param {import("../watch/told.js").Call} call */
function technical(call) {
  return kept(folded(`Events of the audit (${call.events.length})`, () => [
    table({
      caption: "Events of the call",
      rows: call.events.slice(0, MAX_EVENTS),
      columns: [
        { name: "Event", show: ({ number, event }) => [h("code", null, event), " ", h("span", { class: "quiet" }, number)] },
        { name: "When", show: ({ at }) => h("code", null, at) },
        { name: "Outcome", show: ({ outcome }) => h("code", null, foreign(outcome ?? "", { max: 60 })) },
        { name: "Details", show: ({ number, details }) => json(details ?? null, { label: `Details of event ${number}` }) },
      ],
    }),
    call.events.length > MAX_EVENTS ? h("p", { class: "quiet" }, `${call.events.length - MAX_EVENTS} more aren't shown.`) : null,
  ]), "events");
}

/** The job of a call, which is followed by itself. @param {string} id @param {AbortSignal} signal @param {HTMLElement} actions */
async function jobOf(id, signal, actions) {
  try {
    const { job, isOwn, again } = await findJob(id, signal);
    const status = statusView(job);
    const progress = progressView(job);
    const made = jobActions(job, { isOwn, stopped: () => look(), focus: () => status.element.focus() });
    replace(actions, made.elements);
    const look = follow(async () => {
      const now = await again();
      status.update(now);
      progress.update(now);
      made.update(now);
      return isOpen(now.status);
    }, isOpen(job.status), signal);
    return section("Its job", h("div", { class: "card" }, status.element, progress.element, h("p", null, h("a", { href: address("jobs", id) }, "See the job"))));
  } catch {
    return section("Its job", h("p", null, h("a", { href: address("jobs", id) }, "See the job"), " ", h("span", { class: "quiet" }, "if it is still kept.")));
  }
}
