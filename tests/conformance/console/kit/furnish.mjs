// A host as it is after a while: a workspace, tokens, calls, jobs, a conversation, an MCP server. What is there has the same names each time.
import { until } from "./report.mjs";
import { additions } from "./rows.mjs";

/** @param {import("../world.mjs").World} world @returns {Promise<Record<string, string>>} what the addresses of its pages name */
export async function furnish(world) {
  await world.workspace();
  await world.serve("everything", world.everything);
  const claude = (await world.token("Claude")).token;
  await world.token("ChatGPT", "--strongest", "reads");
  await world.call(claude, "search", { query: "Tasks" });
  const order = world.ids.tasks[1];
  const done = await world.ask(claude, "/v1/tools/update_page", { page_id: order, properties: { Status: "Done", Notes: "The gears are here." } });
  if (!done.ok) {
    throw new Error(`update_page is refused: ${JSON.stringify(done.error)}`);
  }
  await world.ask(claude, "/v1/tools/trash", { id: world.ids.tasks[5] });
  const job = await world.call(claude, "job_start", {
    kind: "bulk", args: { ops: additions(world.ids.tasks_database, "Step", 6) },
  });
  await until("the job has ended", async () => ["succeeded", "failed"].includes((await world.ask(claude, `/v1/jobs/${job.job_id}`)).result?.status));
  const operator = await world.asOperator();
  const chat = await operator("POST", "/v1/chat", { message: "find Tasks" });
  return {
    call: done.meta.request_id, job: job.job_id, conversation: chat.result.conversation_id, database: world.ids.tasks_database, page: order, plugin: "pages", upstream: "everything", tool: "query",
  };
}
