// Twelve requests of a working day, carried out by two servers. Each session is what a model that knows its tools would
// send; what came of it is looked up in the emulator, past both of them.

import { BRIEF, CONTACTS, DONE, EXPENSES, LATE, TASKS, TWICE, days, isOpen, spentLastMonth, today } from "./day-workspace.mjs";

const text = (content) => [{ type: "text", text: { content } }];
const paragraph = (content) => ({ object: "block", type: "paragraph", paragraph: { rich_text: text(content) } });
const plain = (parts) => parts.map((part) => part.plain_text ?? part.text.content).join("");

function hold(is, what) {
  if (!is) throw new Error(`not so: ${what}`);
}

/** All rows of a data source, by the emulator itself. */
async function rowsOf(ask, { dataSource }) {
  const rows = [];
  let start_cursor;
  do {
    const body = { page_size: 100, ...(start_cursor && { start_cursor }) };
    const answer = await ask("POST", `/v1/data_sources/${dataSource}/query`, body);
    rows.push(...answer.results);
    start_cursor = answer.next_cursor;
  } while (start_cursor);
  return rows;
}

const titleOf = (row) => plain(row.properties.Name.title);
const named = (rows, name) => rows.find((row) => titleOf(row) === name);

/** All rows that match, by Notion's own server: whoever needs them all reads page after page. */
async function readAll(official, { dataSource }, filter) {
  const rows = [];
  let start_cursor;
  do {
    const given = { data_source_id: dataSource, page_size: 100, ...(filter && { filter }), ...(start_cursor && { start_cursor }) };
    const answer = JSON.parse((await official("API-query-data-source", given))[0]);
    rows.push(...answer.results);
    start_cursor = answer.next_cursor;
  } while (start_cursor);
  return rows;
}

const MINUTES = "# Price list\n\nPresent: Katherine Johnson, Grace Hopper.\n\n- Resellers hear of it first.\n- Next meeting: Monday.\n";
const NEW_EXPENSES = Array.from({ length: 10 }, (_, at) => ({ Name: `Fair booth ${at + 1}`, Category: "Travel", Amount: 90 + at, Date: today }));
const isNotDone = { property: "Status", status: { does_not_equal: "Done" } };
const firstOfLastMonth = () => `${days(-1, `${today.slice(0, 7)}-01`).slice(0, 7)}-01`;

/** In the order of the day: each finds what those before it left. */
export const DAY = [
  {
    name: "What does the launch brief say?",
    async toolbay(ask) {
      const [found] = await ask("search", { query: BRIEF });
      return ask("fetch", { id: JSON.parse(found).results[0].id });
    },
    async official(ask) {
      const [found] = await ask("API-post-search", { query: BRIEF });
      return ask("API-retrieve-page-markdown", { page_id: JSON.parse(found).results[0].id });
    },
    check: (_, __, [said]) => hold(said.includes("yearly contracts"), "the brief is read"),
  },
  {
    name: "What did we spend last month, by category?",
    most: 2,
    toolbay: (ask, { expenses }) =>
      ask("query", { database_id: expenses.database, filter: { Date: "last month" }, group_by: ["Category"], aggregates: ["sum Amount"] }),
    async official(ask, { expenses }) {
      const within = (is, date) => ({ property: "Date", date: { [is]: date } });
      const filter = { and: [within("on_or_after", firstOfLastMonth()), within("before", `${today.slice(0, 7)}-01`)] };
      const sums = {};
      for (const { properties } of await readAll(ask, expenses, filter)) {
        const category = properties.Category.select.name;
        sums[category] = (sums[category] ?? 0) + properties.Amount.number;
      }
      return [JSON.stringify(sums)];
    },
    check(_, __, [said]) {
      const sums = Object.values(spentLastMonth());
      const numbers = new Set(said.match(/\d+(\.\d+)?/g).map(Number));
      hold(sums.length === 6 && sums.every((sum) => numbers.has(sum)), `the sums are ${sums}: ${said}`);
    },
  },
  {
    name: "Which open tasks of Katherine's are due this week?",
    toolbay: (ask, { tasks }) =>
      ask("query", {
        database_id: tasks.database,
        filter: { Owner: "Katherine Johnson", Status: { not: "Done" }, Due: { from: "today", to: "+7d" } },
        sorts: ["Due"],
      }),
    async official(ask, { tasks, people }) {
      const due = (is, date) => ({ property: "Due", date: { [is]: date } });
      const owner = { property: "Owner", people: { contains: people["Katherine Johnson"] } };
      const filter = { and: [owner, isNotDone, due("on_or_after", today), due("on_or_before", days(7))] };
      return (await readAll(ask, tasks, filter)).map(titleOf);
    },
    check(_, __, said) {
      const due = TASKS.filter((task) => isOpen(task) && task.Owner === "Katherine Johnson" && task.Due >= today && task.Due <= days(7));
      hold(due.every(({ Name }) => said.join("\n").includes(Name)), `${due.length} tasks are due: ${said}`);
    },
  },
  {
    name: "Move every late task by a week.",
    most: 2,
    toolbay: (ask, { tasks }) =>
      ask("bulk", {
        ops: [
          {
            op: "update_page",
            database_id: tasks.database,
            where: { Status: { not: "Done" }, Due: { before: "today" } },
            args: { properties: { Due: "+7d" } },
          },
        ],
      }),
    async official(ask, { tasks }) {
      const filter = { and: [isNotDone, { property: "Due", date: { before: today } }] };
      for (const row of await readAll(ask, tasks, filter)) {
        const start = days(7, row.properties.Due.date.start);
        await ask("API-patch-page", { page_id: row.id, properties: { Due: { date: { start } } } });
      }
      return [];
    },
    async check(emulator, { tasks }) {
      const rows = await rowsOf(emulator, tasks);
      for (const task of TASKS) {
        const due = named(rows, task.Name).properties.Due.date.start;
        hold(due === (LATE.includes(task) ? days(7, task.Due) : task.Due), `${task.Name} is due ${due}`);
      }
    },
  },
  {
    name: "Which contacts are there twice?",
    most: 2,
    toolbay: (ask, { contacts }) => ask("query", { database_id: contacts.database, duplicates_by: ["Email"] }),
    async official(ask, { contacts }) {
      const seen = new Map();
      for (const { properties } of await readAll(ask, contacts)) seen.set(properties.Email.email, (seen.get(properties.Email.email) ?? 0) + 1);
      return [[...seen].filter(([, count]) => count > 1).map(([email]) => email).join(" ")];
    },
    check(_, __, [said]) {
      const wrong = CONTACTS.filter(({ Email }) => said.includes(`${Email}"`) && !TWICE.includes(Email));
      hold(TWICE.every((email) => said.includes(email)) && !wrong.length, `${TWICE} are there twice: ${said}`);
    },
  },
  {
    name: "Archive what is done.",
    most: 2,
    toolbay: (ask, { tasks, done }) =>
      ask("bulk", {
        ops: [{ op: "archive", database_id: tasks.database, where: { Status: "Done" }, args: { database_id: done.database } }],
      }),
    async official(ask, { tasks, done }) {
      for (const { id, properties } of await readAll(ask, tasks, { property: "Status", status: { equals: "Done" } })) {
        const { Status, Due, Owner, Points } = properties;
        await ask("API-move-page", { page_id: id, parent: { type: "data_source_id", data_source_id: done.dataSource } });
        // Notion drops these on the way.
        const people = Owner.people.map((person) => ({ object: "user", id: person.id }));
        const kept = { Status: { status: { name: Status.status.name } }, Due: { date: { start: Due.date.start } } };
        await ask("API-patch-page", { page_id: id, properties: { ...kept, Owner: { people }, Points: { number: Points.number } } });
      }
      return [];
    },
    async check(emulator, { tasks, done }) {
      const [left, moved] = [await rowsOf(emulator, tasks), await rowsOf(emulator, done)];
      hold(left.length === TASKS.length - DONE.length && moved.length === DONE.length, `${moved.length} are archived`);
      for (const { Name, Due, Points, Owner } of DONE) {
        const { properties } = named(moved, Name);
        const is = properties.Status.status?.name === "Done" && properties.Due.date?.start === Due;
        hold(is && properties.Points.number === Points && properties.Owner.people[0]?.name === Owner, `${Name} kept its values`);
      }
    },
  },
  {
    name: "Enter ten expenses of the fair.",
    toolbay: (ask, { expenses }) =>
      ask("bulk", {
        ops: NEW_EXPENSES.map(({ Name, ...properties }) => ({
          op: "create_page",
          args: { database_id: expenses.database, title: Name, properties },
        })),
      }),
    async official(ask, { expenses }) {
      for (const { Name, Category, Amount, Date: start } of NEW_EXPENSES) {
        await ask("API-post-page", {
          parent: { type: "data_source_id", data_source_id: expenses.dataSource },
          properties: { Name: { title: text(Name) }, Category: { select: { name: Category } }, Amount: { number: Amount }, Date: { date: { start } } },
        });
      }
      return [];
    },
    async check(emulator, { expenses }) {
      const rows = await rowsOf(emulator, expenses);
      hold(rows.length === EXPENSES.length + 10, `there are ${rows.length} expenses`);
      hold(NEW_EXPENSES.every(({ Name, Amount }) => named(rows, Name)?.properties.Amount.number === Amount), "each is there");
    },
  },
  {
    name: "The first task is done, by Grace.",
    toolbay: (ask, { tasks }) =>
      ask("upsert", {
        database_id: tasks.database,
        unique: { property: "Name", value: TASKS[0].Name },
        properties: { Status: "Done", Owner: "Grace Hopper" },
      }),
    async official(ask, { tasks, people }) {
      const [row] = await readAll(ask, tasks, { property: "Name", title: { equals: TASKS[0].Name } });
      const Owner = { people: [{ object: "user", id: people["Grace Hopper"] }] };
      return ask("API-patch-page", { page_id: row.id, properties: { Status: { status: { name: "Done" } }, Owner } });
    },
    async check(emulator, { tasks }) {
      const { properties } = named(await rowsOf(emulator, tasks), TASKS[0].Name);
      hold(properties.Status.status.name === "Done" && properties.Owner.people[0].name === "Grace Hopper", "it is done, by Grace");
    },
  },
  {
    name: "Write the minutes.",
    async toolbay(ask, ids) {
      const said = await ask("create_page", { parent_page_id: ids.home, title: "Minutes", content: MINUTES });
      ids.minutes = JSON.parse(said[0]).id;
      return said;
    },
    async official(ask, ids) {
      const bullet = (content) => ({ object: "block", type: "bulleted_list_item", bulleted_list_item: { rich_text: text(content) } });
      const heading = { object: "block", type: "heading_1", heading_1: { rich_text: text("Price list") } };
      const said = await ask("API-post-page", {
        parent: { type: "page_id", page_id: ids.home },
        properties: { title: { title: text("Minutes") } },
        children: [
          heading,
          paragraph("Present: Katherine Johnson, Grace Hopper."),
          bullet("Resellers hear of it first."),
          bullet("Next meeting: Monday."),
        ],
      });
      ids.minutes = JSON.parse(said[0]).id;
      return said;
    },
    async check(emulator, { minutes }) {
      const { markdown } = await emulator("GET", `/v1/pages/${minutes}/markdown`);
      hold(markdown.includes("# Price list") && markdown.includes("- Next meeting: Monday."), `the minutes are ${markdown}`);
    },
  },
  {
    name: "The next meeting is on Tuesday.",
    toolbay: (ask, { minutes }) => ask("edit_page", { page_id: minutes, edits: [{ old: "Monday", new: "Tuesday" }] }),
    official: (ask, { minutes }) =>
      ask("API-update-page-markdown", {
        page_id: minutes,
        type: "update_content",
        update_content: { content_updates: [{ old_str: "Monday", new_str: "Tuesday" }] },
      }),
    async check(emulator, { minutes }) {
      const { markdown } = await emulator("GET", `/v1/pages/${minutes}/markdown`);
      hold(markdown.includes("Next meeting: Tuesday.") && !markdown.includes("Monday"), `the minutes are ${markdown}`);
    },
  },
  {
    name: "Ask Katherine about it in a comment.",
    // It sends comments without the version that Notion asks for.
    unable: { official: true },
    toolbay: (ask, { minutes }) => ask("create_comment", { page_id: minutes, text: "@Katherine Johnson is Tuesday fine?" }),
    official: (ask, { minutes, people }) =>
      ask("API-create-a-comment", {
        parent: { page_id: minutes },
        rich_text: [{ type: "mention", mention: { type: "user", user: { id: people["Katherine Johnson"] } } }, { type: "text", text: { content: " is Tuesday fine?" } }],
      }),
    async check(emulator, { minutes, people }) {
      const { results } = await emulator("GET", `/v1/comments?block_id=${minutes}`);
      hold(results[0].rich_text.some(({ mention }) => mention?.user?.id === people["Katherine Johnson"]), "she is mentioned");
    },
  },
  {
    name: "Tasks get a priority, and there is no launch brief any more.",
    async toolbay(ask, { tasks, page }) {
      const column = { type: "select", options: ["High", "Low"] };
      return ask("bulk", {
        ops: [
          { op: "update_database", args: { database_id: tasks.database, properties: { Priority: column } } },
          { op: "trash", args: { id: page } },
        ],
      });
    },
    async official(ask, { tasks, page }) {
      const Priority = { select: { options: [{ name: "High" }, { name: "Low" }] } };
      await ask("API-update-a-data-source", { data_source_id: tasks.dataSource, properties: { Priority } });
      return ask("API-patch-page", { page_id: page, in_trash: true });
    },
    async check(emulator, { tasks, page }) {
      const { properties } = await emulator("GET", `/v1/data_sources/${tasks.dataSource}`);
      hold(properties.Priority.select.options.length === 2, "the column is there");
      hold((await emulator("GET", `/v1/pages/${page}`)).in_trash, "the brief is in the trash");
    },
  },
];
