// A model has done something: who, when, what changed at which page, before and after; its job's progress, stopping it, and starting it again.
import { expect, until } from "../kit/report.mjs";
import { additions } from "../kit/rows.mjs";

export const title = "what a model has done, and its job";

/** Rows that the job adds: so many that there is time to stop it. */
const PARTS = 40;

export async function walk({ person, world }) {
  await world.workspace();
  await world.grantAll();
  const model = await world.token("Claude at work");
  const [, order] = world.ids.tasks;
  const done = await world.ask(model.token, "/v1/tools/update_page", { page_id: order, properties: { Status: "Done", Estimate: 4 } });
  expect(done.ok, () => JSON.stringify(done.error));

  await person.signsInAsOperator();
  await person.goesTo("Activity");
  await person.reads("Claude at work");
  await person.examines("Activity of everyone");
  await onlyOwn(person, "update_page");
  await person.uses("link", "update_page");
  await person.arrives(/page/i);
  await person.reads("Claude at work called it over REST");
  await person.reads("It succeeded.");
  await person.reads("Changed a page");
  // No run records what was there before: what was written is shown, and what is there since.
  await person.reads(/Status\s+Done/);
  await person.uses("summary", "What was there afterwards");
  await person.sees("link", /in Notion/);
  await person.examines("a call");
  await person.uses("summary", /Events of the audit/);
  await person.reads("effect");
  await person.examines("a call, with its events");

  // A job that takes its time: Notion is slow.
  await world.control("faults", Array.from({ length: PARTS }, () => ({ route: "POST /v1/pages", kind: "delay", delay_ms: 2_000 })));
  const { job_id: job } = await world.call(model.token, "job_start", {
    kind: "bulk", args: { ops: additions(world.ids.projects_database, "Part", PARTS) },
  });
  await person.goesTo("Jobs");
  await person.reads("Claude at work");
  await person.examines("Jobs of everyone");
  await onlyOwn(person, "Claude at work");
  // It is asked for as one's own first, which it isn't.
  person.watch.allow(/status of 404 .*\/v1\/jobs\//);
  await person.uses("link", /bulk/);
  await person.arrives(/Job of bulk/);
  await person.reads(new RegExp(`of ${PARTS}`));
  await person.examines("a job that runs");
  await person.uses("button", "Stop: bulk");
  await person.sees("dialog", "Stop the job?");
  await person.press("Escape");
  await person.focusIs(person.the("button", "Stop: bulk"), "what opened the dialog");
  await person.press("Enter");
  await person.uses("button", "Stop it", { within: person.dialog });
  await person.reads(/stopped/);
  await until("the host has stopped it", async () => (await world.ask(model.token, `/v1/jobs/${job}`)).result.status === "cancelled");
  await person.examines("a job that was stopped");
  await world.control("faults", undefined, "DELETE");

  await person.uses("button", "Start again: bulk");
  await person.uses("button", "Start again", { within: person.dialog });
  await until("the new job is shown", () => !person.page.url().includes(job));
  await person.arrives(/Job of bulk/);
  await person.reads("succeeded");
  await person.examines("a job that was started again");
  expect((await world.ask(model.token, "/v1/jobs")).result.jobs.length === 2, "the new job isn't its owner's");
  return "read, with before and after; stopped; started again";
}

/** Who administers sees everybody's first, and their own when they want to. */
async function onlyOwn(person, others) {
  const seen = async () => (await person.page.locator("main").innerText()).includes(others);
  await person.uses("checkbox", "Of everyone");
  await until(`${others} is gone, which isn't one's own`, async () => !(await seen()));
  await person.press("Space");
  await until(`${others} is back`, seen);
}
