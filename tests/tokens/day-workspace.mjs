// The workspace of a working day: expenses, tasks, contacts, a database for what is done, and a page to read. All dates lie
// around today, since the host counts days by its own clock.

const DAY = 24 * 60 * 60 * 1000;

export const today = new Date().toISOString().slice(0, 10);

/** So many days from a date. */
export const days = (count, from = today) => new Date(Date.parse(from) + count * DAY).toISOString().slice(0, 10);

const monthOf = (date) => date.slice(0, 7);
const lastMonth = monthOf(days(-1, `${monthOf(today)}-01`));

const CATEGORIES = ["Travel", "Software", "Office", "Meals", "Training", "Contractors"];
const SUPPLIERS = ["Northwind Rail", "Contoso Cloud", "Fabrikam Paper", "Adatum Catering", "Litware Academy", "Proseware Studio"];

/** A year's quarter of expenses. */
export const EXPENSES = Array.from({ length: 250 }, (_, at) => ({
  Name: `${SUPPLIERS[at % 6]} invoice ${1200 + at}`,
  Category: CATEGORIES[(at * 7) % 6],
  Amount: 20 + ((at * 37) % 480) + 0.5 * (at % 2),
  Date: days(-(at % 92)),
}));

/** What came together last month, by category. */
export function spentLastMonth() {
  const sums = {};
  for (const { Category, Amount, Date: date } of EXPENSES) {
    if (monthOf(date) === lastMonth) sums[Category] = (sums[Category] ?? 0) + Amount;
  }
  return sums;
}

const WORK = ["Reply to", "Prepare the offer for", "Call back", "Send the contract to", "Check the order of", "Plan the visit of"];
const CUSTOMERS = ["Tailspin Toys", "Wide World Importers", "Coho Winery", "Alpine Ski House", "Lucerne Publishing"];
const STATES = ["Not started", "In progress", "Done"];

/** Ninety tasks, of which forty are late. */
export const TASKS = Array.from({ length: 90 }, (_, at) => ({
  Name: `${WORK[at % 6]} ${CUSTOMERS[at % 5]} (${at + 1})`,
  Status: STATES[at % 3],
  Due: days((at % 30) - 20),
  Owner: at % 2 ? "Grace Hopper" : "Katherine Johnson",
  Points: 1 + (at % 8),
}));

export const isOpen = ({ Status }) => Status !== "Done";
export const LATE = TASKS.filter((task) => isOpen(task) && task.Due < today);
export const DONE = TASKS.filter((task) => !isOpen(task));

/** A hundred and twenty contacts, six of them twice. */
export const CONTACTS = Array.from({ length: 120 }, (_, at) => {
  const number = at >= 114 ? (at - 114) * 17 : at;
  return { Name: `Contact ${at + 1}`, Email: `person.${number}@example.com`, Company: CUSTOMERS[number % 5] };
});
export const TWICE = CONTACTS.slice(114).map(({ Email }) => Email);

const text = (content) => [{ type: "text", text: { content } }];
const options = (names) => ({ options: names.map((name) => ({ name })) });
const TASK_COLUMNS = { Name: { title: {} }, Status: { status: {} }, Due: { date: {} }, Owner: { people: {} }, Points: { number: {} } };

export const BRIEF = "Launch brief";

/** Plants it all; answers with the ids. */
export async function plant(ask) {
  const seed = (body) => ask("POST", "/_emulator/seed", body);
  await ask("POST", "/_emulator/reset", { seed: "empty" });
  const names = ["Katherine Johnson", "Grace Hopper"];
  const { users } = await seed({ users: names.map((name, at) => ({ name, email: `person${at}@example.com` })) });
  const people = Object.fromEntries(names.map((name, at) => [name, users[at]]));
  const { root_pages: [home] } = await seed({ root_pages: [{ title: "Sales office" }] });
  const parent = { type: "page_id", page_id: home };
  async function database(title, columns, rows, values) {
    const { databases: [id] } = await seed({ databases: [{ parent, title: text(title), initial_data_source: { properties: columns } }] });
    const { data_sources: [source] } = await ask("GET", `/v1/databases/${id}`);
    const within = { type: "data_source_id", data_source_id: source.id };
    if (rows.length) await seed({ pages: rows.map((row) => ({ parent: within, properties: values(row) })) });
    return { database: id, dataSource: source.id };
  }
  const task = ({ Name, Status, Due, Owner, Points }) => ({
    Name: { title: text(Name) },
    Status: { status: { name: Status } },
    Due: { date: { start: Due } },
    Owner: { people: [{ object: "user", id: people[Owner] }] },
    Points: { number: Points },
  });
  const expenses = await database(
    "Expenses",
    { Name: { title: {} }, Category: { select: options(CATEGORIES) }, Amount: { number: {} }, Date: { date: {} } },
    EXPENSES,
    ({ Name, Category, Amount, Date: start }) => ({
      Name: { title: text(Name) },
      Category: { select: { name: Category } },
      Amount: { number: Amount },
      Date: { date: { start } },
    }),
  );
  const tasks = await database("Tasks", TASK_COLUMNS, TASKS, task);
  const done = await database("Finished tasks", TASK_COLUMNS, [], task);
  const contacts = await database(
    "Contacts",
    { Name: { title: {} }, Email: { email: {} }, Company: { rich_text: {} } },
    CONTACTS,
    ({ Name, Email, Company }) => ({ Name: { title: text(Name) }, Email: { email: Email }, Company: { rich_text: text(Company) } }),
  );
  const paragraph = (content) => ({ object: "block", type: "paragraph", paragraph: { rich_text: text(content) } });
  const brief = {
    parent,
    properties: { title: { title: text(BRIEF) } },
    children: [
      paragraph("The new price list goes live on the first of next month."),
      paragraph("Resellers hear of it a week earlier; support has the list of exceptions."),
      paragraph("Open: who tells the customers with yearly contracts?"),
    ],
  };
  const { pages: [page] } = await seed({ pages: [brief] });
  return { home, expenses, tasks, done, contacts, page, people };
}
