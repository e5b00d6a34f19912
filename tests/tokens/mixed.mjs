// Ten operations as they come in any session, one after the other: reading, finding, writing.

import { BRIEF, EXPENSES, TASKS } from "./day-workspace.mjs";

const text = (content) => [{ type: "text", text: { content } }];
const ADDED = "Ask for a second quote";

function hold(is, what) {
  if (!is) throw new Error(`not so: ${what}`);
}

export const MIXED = [
  {
    name: "Find the page",
    toolbay: (ask) => ask("search", { query: BRIEF }),
    official: (ask) => ask("API-post-search", { query: BRIEF }),
    check: (_, { page }, [said]) => hold(said.replaceAll("-", "").includes(page.replaceAll("-", "")), "it is found"),
  },
  {
    name: "Read it",
    toolbay: (ask, { page }) => ask("fetch", { id: page }),
    official: (ask, { page }) => ask("API-retrieve-page-markdown", { page_id: page }),
    check: (_, __, [said]) => hold(said.includes("Resellers hear of it"), "its text is there"),
  },
  {
    name: "See what a database is",
    toolbay: (ask, { tasks }) => ask("fetch", { id: tasks.database }),
    official: (ask, { tasks }) => ask("API-retrieve-a-data-source", { data_source_id: tasks.dataSource }),
    check: (_, __, [said]) => hold(["Status", "Due", "Owner", "In progress"].every((word) => said.includes(word)), "its columns are there"),
  },
  {
    name: "Read fifty rows",
    toolbay: (ask, { expenses }) => ask("query", { database_id: expenses.database, sorts: ["-Date"] }),
    official: (ask, { expenses }) =>
      ask("API-query-data-source", { data_source_id: expenses.dataSource, page_size: 50, sorts: [{ property: "Date", direction: "descending" }] }),
    check(_, __, [said]) {
      const newest = EXPENSES.toSorted((one, other) => other.Date.localeCompare(one.Date)).slice(0, 40);
      hold(newest.every(({ Name }) => said.includes(Name)), "the newest are there");
    },
  },
  {
    name: "Find rows by a filter",
    toolbay: (ask, { tasks }) => ask("query", { database_id: tasks.database, filter: { Status: "In progress", Points: { ">=": 7 } } }),
    official: (ask, { tasks }) =>
      ask("API-query-data-source", {
        data_source_id: tasks.dataSource,
        filter: {
          and: [
            { property: "Status", status: { equals: "In progress" } },
            { property: "Points", number: { greater_than_or_equal_to: 7 } },
          ],
        },
      }),
    check(_, __, [said]) {
      const found = TASKS.filter(({ Status, Points }) => Status === "In progress" && Points >= 7);
      hold(found.every(({ Name }) => said.includes(Name)), "they are there");
    },
  },
  {
    name: "Add a row",
    async toolbay(ask, ids) {
      const properties = { Status: "Not started", Owner: "Grace Hopper", Points: 3 };
      const said = await ask("create_page", { database_id: ids.tasks.database, title: ADDED, properties });
      ids.added = JSON.parse(said[0]).id;
      return said;
    },
    async official(ask, ids) {
      const { tasks, people } = ids;
      const said = await ask("API-post-page", {
        parent: { type: "data_source_id", data_source_id: tasks.dataSource },
        properties: {
          Name: { title: text(ADDED) },
          Status: { status: { name: "Not started" } },
          Owner: { people: [{ object: "user", id: people["Grace Hopper"] }] },
          Points: { number: 3 },
        },
      });
      ids.added = JSON.parse(said[0]).id;
      return said;
    },
    async check(emulator, { added }) {
      const { properties } = await emulator("GET", `/v1/pages/${added}`);
      hold(properties.Points.number === 3 && properties.Owner.people.length === 1, "it has its values");
    },
  },
  {
    name: "Change it",
    toolbay: (ask, { added }) => ask("update_page", { page_id: added, properties: { Status: "In progress", Points: 5 } }),
    official: (ask, { added }) =>
      ask("API-patch-page", { page_id: added, properties: { Status: { status: { name: "In progress" } }, Points: { number: 5 } } }),
    async check(emulator, { added }) {
      const { properties } = await emulator("GET", `/v1/pages/${added}`);
      hold(properties.Points.number === 5 && properties.Status.status.name === "In progress", "it is changed");
    },
  },
  {
    name: "Write into it",
    toolbay: (ask, { added }) => ask("edit_page", { page_id: added, append: "Two suppliers have answered." }),
    official: (ask, { added }) =>
      ask("API-patch-block-children", {
        block_id: added,
        children: [{ object: "block", type: "paragraph", paragraph: { rich_text: text("Two suppliers have answered.") } }],
      }),
    async check(emulator, { added }) {
      hold((await emulator("GET", `/v1/pages/${added}/markdown`)).markdown.includes("Two suppliers"), "the text is there");
    },
  },
  {
    name: "Comment on it",
    // It sends comments without the version that Notion asks for.
    unable: { official: true },
    toolbay: (ask, { added }) => ask("create_comment", { page_id: added, text: "Is this enough?" }),
    official: (ask, { added }) => ask("API-create-a-comment", { parent: { page_id: added }, rich_text: text("Is this enough?") }),
    async check(emulator, { added }) {
      hold((await emulator("GET", `/v1/comments?block_id=${added}`)).results.length === 1, "the comment is there");
    },
  },
  {
    name: "Trash a row",
    toolbay: (ask, { added }) => ask("trash", { id: added }),
    official: (ask, { added }) => ask("API-patch-page", { page_id: added, in_trash: true }),
    check: async (emulator, { added }) => hold((await emulator("GET", `/v1/pages/${added}`)).in_trash, "it is in the trash"),
  },
];
