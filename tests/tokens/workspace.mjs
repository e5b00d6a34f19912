// The workspace that both servers are asked about, planted into an emulator through its control plane.

import { BLOCKS, TITLE } from "./page.mjs";
import { PEOPLE, ROWS, TEAMS } from "./rows.mjs";

/** A word that is in the titles of 25 rows and of no other page. */
export const WORD_OF_ROWS = "Atlas";

/** A word that is in the titles of 24 pages outside databases and of no row. */
export const WORD_OF_PAGES = "Retrospective";

const REVIEWED = [
  "billing migration", "mobile release 4.2", "customer advisory board", "move to the new office", "support rotation",
  "design system", "hiring in spring", "incident drill", "annual planning", "pricing experiment", "partner program",
  "search rewrite", "security audit", "website relaunch", "onboarding emails", "community meetup", "data warehouse",
  "holiday coverage", "translation into Japanese", "beta of the desktop app", "sales kickoff", "accessibility week",
  "log retention", "summer interns",
];

export const TITLES_OF_PAGES = REVIEWED.map((what) => `${WORD_OF_PAGES}: ${what}`);

const text = (content) => [{ type: "text", text: { content } }];
const options = (names, colors) => ({ options: names.map((name, at) => ({ name, color: colors[at % colors.length] })) });

const COLUMNS = {
  Name: { title: {} },
  Status: { status: {} },
  Priority: { select: options(["High", "Medium", "Low"], ["red", "yellow", "gray"]) },
  Teams: { multi_select: options(TEAMS, ["blue", "green", "orange", "pink", "purple"]) },
  Estimate: { number: { format: "number" } },
  Due: { date: {} },
  Blocked: { checkbox: {} },
  Brief: { url: {} },
  Owner: { people: {} },
  Notes: { rich_text: {} },
};

/** A row as Notion takes it. */
function properties(row, people) {
  return {
    Name: { title: text(row.Name) },
    Status: { status: { name: row.Status } },
    Priority: { select: { name: row.Priority } },
    Teams: { multi_select: row.Teams.map((name) => ({ name })) },
    Estimate: { number: row.Estimate },
    Due: { date: row.Due },
    Blocked: { checkbox: row.Blocked },
    Brief: { url: row.Brief },
    Owner: { people: row.Owner.map((name) => ({ object: "user", id: people[name] })) },
    Notes: { rich_text: row.Notes ? text(row.Notes) : [] },
  };
}

/** Plants it all; answers with the ids that are asked for later. */
export async function plant({ url, token }) {
  const ask = async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "notion-version": "2026-03-11",
      },
      body: body && JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(said)}`);
    return said;
  };
  const seed = (body) => ask("POST", "/_emulator/seed", body);

  await ask("POST", "/_emulator/reset", { seed: "empty" });
  // A time of its own, so that a count is the same on any day.
  await ask("POST", "/_emulator/clock", { now: "2026-03-02T09:30:00Z" });
  const { users } = await seed({ users: PEOPLE });
  const people = Object.fromEntries(PEOPLE.map(({ name }, at) => [name, users[at]]));
  const { root_pages: [home] } = await seed({ root_pages: [{ title: "Product team" }] });
  const parent = { type: "page_id", page_id: home };
  const { databases: [database] } = await seed({
    databases: [{ parent, title: text("Launch plan"), initial_data_source: { properties: COLUMNS } }],
  });
  const { data_sources: [source] } = await ask("GET", `/v1/databases/${database}`);
  const inPlan = { type: "data_source_id", data_source_id: source.id };
  await seed({ pages: ROWS.map((row) => ({ parent: inPlan, properties: properties(row, people) })) });
  const titled = (title, more) => ({ parent, properties: { title: { title: text(title) } }, ...more });
  const icon = { type: "emoji", emoji: "🔄" };
  await seed({ pages: TITLES_OF_PAGES.map((title) => titled(title, { icon })) });
  const { pages: [page] } = await seed({ pages: [titled(TITLE, { children: BLOCKS })] });
  return { database, dataSource: source.id, page };
}
