// A tool by the form that its schema makes: found, filled in from searchable lists, wrong and right, run, kept as an address, and copied as curl.
import { output } from "../kit/process.mjs";
import { expect } from "../kit/report.mjs";

export const title = "a tool by its form, and as curl";

export async function walk({ person, world }) {
  await world.workspace();
  await person.signsInAsOperator();
  await person.goesTo("Tools");
  await person.examines("Tools");
  await person.types("Search", "finds, counts or sums rows", { role: "searchbox" });
  await person.reads(/1 of \d+ tools/);
  await person.examines("Tools, searched");
  await person.uses("link", /query/i);
  await person.arrives(/query/i);
  await person.examines("a tool");

  // What is missing is said at its field.
  await person.uses("button", "Run");
  const database = person.the("combobox", /^Database/);
  await person.focusIs(database, "the field that is missing");
  await person.examines("a tool with a field that is missing");
  await person.picks(/^Database/, "Tasks");
  await person.uses("button", "Run");
  const answer = person.the("heading", "Answer");
  await answer.waitFor();
  await person.focusIs(answer, "the answer");
  await person.reads("Order the gears");
  await person.examines("a tool, answered");
  const address = person.page.url();
  expect(decodeURIComponent(address).includes(world.ids.tasks_database) || decodeURIComponent(address).includes("database_id"), `the address doesn't have the form: ${address}`);

  await person.uses("summary", /Copy as curl/);
  const command = await person.copies("Copy: curl");
  const { token } = await world.token("Whoever pastes it", "--strongest", "reads");
  const told = JSON.parse(await output("sh", ["-c", command.replace("Bearer TOKEN", `Bearer ${token}`)], { env: { PATH: process.env.PATH } }));
  expect(told.ok && JSON.stringify(told.result).includes("Order the gears"), () => `the copied command answers ${JSON.stringify(told).slice(0, 400)}`);

  // The address is the form, in another tab as well.
  await person.opens(address);
  await person.sees("heading", /query/i);
  await person.uses("button", "Run");
  await person.reads("Order the gears");

  // JSON is a second way for the whole of it, and what is refused is a sentence with its hint.
  await person.uses("button", "JSON");
  await person.types("Arguments as JSON", '{"database_id": "nowhere"}');
  person.watch.allow(/status of 4\d\d/);
  await person.uses("button", "Run");
  await person.sees("alert");
  await person.examines("a tool that was refused");
  return "found, filled in, run, copied, run by curl, opened again, refused";
}
