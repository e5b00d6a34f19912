// The jobs: everybody's for who administers, one's own for others.

import { checkbox, field, select } from "../components/field.js";
import { pageHead, when } from "../components/layout.js";
import { empty } from "../components/notice.js";
import { table } from "../components/table.js";
import { get } from "../kit/api.js";
import { foreign, h, replace } from "../kit/element.js";
import { address, note } from "../kit/router.js";
import { session } from "../kit/session.js";
import { whose } from "../watch/filters.js";
import { who } from "../watch/names.js";
import { follow, toolOf } from "../watch/job-source.js";
import { progressView } from "../watch/job-view.js";
import { newsLine, newWords } from "../watch/news.js";
import { pager } from "../watch/pager.js";
import { isOpen, STATUSES, statusBadge } from "../watch/words.js";

/** Jobs of one page. */
const PAGE = 50;

/** Statuses that a list can be narrowed to. */
const NARROWED = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"];

/** @typedef {import("../watch/job-source.js").Job} Job */
/** @typedef {{job: Job, status: HTMLElement, progress: ReturnType<typeof progressView>, end: HTMLElement}} Row */

/** @type {import("../kit/router.js").Show} */
export async function show({ query, signal }) {
  let everyone = whose(query) === "everyone";
  let status = NARROWED.includes(query.get("status") ?? "") ? query.get("status") ?? "" : "";
  let at = query.get("cursor") ?? undefined;
  /** @type {Map<string, Row>} */
  let rows = new Map();

  /** @param {string | undefined} cursor */
  const ask = (cursor) => get(everyone ? "/v1/administration/jobs" : "/v1/jobs", { limit: PAGE, cursor, status }, signal);
  const list = pager({
    cursor: at,
    signal,
    moved: (cursor) => {
      at = cursor;
      note(new URLSearchParams(Object.entries({ of: session().administers && !everyone ? "me" : "", status, cursor: cursor ?? "" }).filter(([, value]) => value)));
    },
    load: async (cursor) => {
      const page = await ask(cursor);
      rows = new Map(page.jobs.map((/** @type {Job} */ job) => [job.job_id, rowOf(job)]));
      fresh.clear();
      return { content: shown(), next: page.next_cursor };
    },
  });
  const fresh = newsLine(() => list.newest());

  function shown() {
    return table({
      caption: "Jobs, newest first",
      rows: [...rows.values()],
      none: status ? "Nothing fits." : empty(everyone ? "There is no job." : "You have no job. A tool that takes longer than a call may runs as one: start it from its form.", h("a", { class: "button", href: "/console/tools" }, "See the tools")),
      columns: [
        { name: "Job", show: ({ job }) => h("a", { href: address("jobs", job.job_id) }, foreign(toolOf(job), { max: 80 })) },
        ...(everyone ? [{ name: "Who", show: (/** @type {Row} */ { job }) => who(job.principal) }] : []),
        { name: "Status", show: (row) => row.status },
        { name: "Progress", show: (row) => row.progress.element },
        { name: "Started", show: ({ job }) => when(job.created_at) },
        { name: "Ended", show: (row) => row.end },
      ],
    });
  }

  /** Brings the rows up to date where they are; what has come or gone is only told. */
  async function look() {
    const own = rows;
    const page = await ask(at);
    if (own !== rows || signal.aborted) {
      return false;
    }
    const came = page.jobs.filter((/** @type {Job} */ job) => !rows.has(job.job_id)).length;
    const isOther = status !== "" && page.jobs.length - came < rows.size;
    for (const job of page.jobs) {
      const row = rows.get(job.job_id);
      if (row) {
        update(row, job);
      }
    }
    if (list.isFirst) {
      fresh.say(isOther ? "The list has changed: show" : newWords(came, came === PAGE));
    }
    return [...rows.values()].some(({ job }) => isOpen(job.status));
  }

  const everyoneBox = checkbox("Of everyone", { checked: everyone, on: { change: () => {
    everyone = everyoneBox.box.checked;
    list.first().then(again);
  } } });
  const narrowed = select([{ value: "", label: "All" }, ...NARROWED.map((value) => ({ value, label: STATUSES[value]?.label ?? value }))], { value: status, on: { change: () => {
    status = narrowed.value;
    list.first().then(again);
  } } });

  await list.show();
  const again = follow(look, true, signal);
  return h("div", null,
    pageHead({ title: "Jobs", lead: "Calls in the background. They go on when you close this page, and when the host starts anew. Ended ones are kept for a week." }),
    h("form", { class: "filters", role: "search", "aria-label": "Filter the jobs", on: { submit: (event) => event.preventDefault() } },
      h("div", { class: "row" }, field({ label: "Status", control: narrowed }).element, session().administers ? everyoneBox.element : null)),
    fresh.element, list.element);
}

/** @param {Job} job @returns {Row} */
function rowOf(job) {
  const row = { job, status: h("div"), progress: progressView(job), end: h("div") };
  update(row, job);
  return row;
}

/** @param {Row} row @param {Job} job */
function update(row, job) {
  const isSame = row.status.hasChildNodes() && row.job.status === job.status && row.job.next_run_at === job.next_run_at;
  row.job = job;
  row.progress.update(job);
  if (!isSame) {
    replace(row.status, statusBadge(job.status));
    replace(row.end, job.ended_at ? when(job.ended_at) : job.next_run_at ? ["goes on ", when(job.next_run_at)] : h("span", { class: "quiet" }, "not yet"));
  }
}
