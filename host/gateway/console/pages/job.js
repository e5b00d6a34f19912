// One job: how far it is, what it answered, or why it failed.

import { facts, pageHead, section, when } from "../components/layout.js";
import { keepTimes } from "../components/times.js";
import { foreign, h, replace } from "../kit/element.js";
import { address } from "../kit/router.js";
import { who } from "../watch/names.js";
import { jobActions } from "../watch/job-actions.js";
import { findJob, follow, toolOf } from "../watch/job-source.js";
import { outcomeOf, progressView, statusView } from "../watch/job-view.js";
import { isOpen } from "../watch/words.js";

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, signal, setTitle }) {
  const id = parameters.job ?? "";
  const { job, isOwn, again } = await findJob(id, signal);
  const tool = toolOf(job);
  setTitle(`Job of ${tool}`);

  const status = statusView(job);
  const progress = progressView(job);
  const about = h("div");
  const outcome = h("div", { class: "came" });
  let shown = "";
  /** @param {import("../watch/job-source.js").Job} now */
  function update(now) {
    const wasIn = outcome.contains(document.activeElement);
    status.update(now);
    progress.update(now);
    actions.update(now);
    // What came of it is made anew only when it is something else: somebody may be reading it.
    const text = JSON.stringify([now.status, now.error, now.output, now.done]);
    if (text !== shown) {
      shown = text;
      replace(outcome, outcomeOf(now, isOwn));
      replace(about, factsOf(now));
      if (wasIn && document.activeElement === document.body) {
        status.element.focus();
      }
    }
  }
  /** @param {import("../watch/job-source.js").Job} now */
  const factsOf = (now) => facts([
    ["Tool", h("a", { href: address("tools", tool) }, foreign(tool, { max: 80 }))],
    ["Started by", now.principal ? who(now.principal) : isOwn ? "you" : null],
    ["Started", now.created_at ? when(now.created_at) : null],
    ["Ended", now.ended_at ? when(now.ended_at) : null],
    ["Writes", h("a", { href: address("activity", id) }, "What it has written")],
    ["Job", h("code", null, id)],
  ]);
  const actions = jobActions(job, { isOwn, stopped: () => look(), focus: () => status.element.focus() });
  update(job);
  const look = follow(async () => {
    const now = await again();
    if (!signal.aborted) {
      update(now);
    }
    return isOpen(now.status);
  }, isOpen(job.status), signal);

  return keepTimes(h("div", null,
    pageHead({ title: foreign(`Job of ${tool}`, { max: 120 }), back: { href: "/console/jobs", label: "Jobs" }, actions: actions.elements }),
    h("div", { class: "card" }, status.element, progress.element),
    outcome,
    section("About it", about)), signal);
}
