// What can be done about a job: stop it, and start it again.

import { button } from "../components/button.js";
import { confirm, dialog } from "../components/dialog.js";
import { ask, freshKey, post, Problem, remove } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { address, go } from "../kit/router.js";
import { toolOf } from "./job-source.js";
import { isOpen } from "./words.js";

/** Ends of a request after which nobody knows whether it was carried out: asked again, it has the same key. */
const UNKNOWN = new Set(["unreachable", "outcome_unknown", "cancelled"]);

/**
 * @param {import("./job-source.js").Job} job
 * @param {object} options
 * @param {boolean} options.isOwn
 * @param {() => unknown} options.stopped called when it was told to stop
 * @param {() => void} options.focus takes the focus, when the button that had it is gone
 */
export function jobActions(job, { isOwn, stopped, focus }) {
  const tool = toolOf(job);
  const path = encodeURIComponent(job.job_id);
  let key = freshKey();
  const stop = button({ label: "Stop", icon: "stop", describes: tool, press: async () => {
    const isDone = await confirm({
      title: "Stop the job?",
      text: `The job of ${tool} ends after the requests that are under way. What it has done stays.${isOwn ? "" : " It is another one's job."}`,
      label: "Stop it",
      act: async () => {
        await (isOwn ? remove(`/v1/jobs/${path}`) : post(`/v1/administration/jobs/${path}/cancel`));
        await stopped();
      },
    });
    if (isDone) {
      focus();
    }
  } });
  const again = button({ label: "Start again", icon: "again", describes: tool, press: async () => {
    /** @type {string | undefined} */
    let id;
    const isDone = await dialog({
      title: "Start the job again?",
      content: h("p", null, "A new job calls ", h("strong", null, foreign(tool, { max: 80 })), " with the same arguments", isOwn ? "" : [", in the name of ", foreign(job.principal?.name ?? "its owner", { max: 60 })],
        ". What the first one has written may be written once more: look at what it did before."),
      label: "Start again",
      act: async () => {
        try {
          const { result } = await ask(`/v1/jobs/${path}/again`, { method: "POST", body: {}, headers: { "Idempotency-Key": key } });
          id = result.job_id;
          key = freshKey();
        } catch (error) {
          if (!(error instanceof Problem && UNKNOWN.has(error.code))) {
            key = freshKey();
          }
          throw error;
        }
      },
    });
    if (isDone && id) {
      await go(address("jobs", id));
    }
  } });
  /** @param {import("./job-source.js").Job} now */
  function update(now) {
    stop.hidden = !isOpen(now.status) || now.status === "cancelling";
    again.hidden = isOpen(now.status);
  }
  update(job);
  return { elements: [stop, again], update };
}
