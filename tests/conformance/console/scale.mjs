// Much of everything: 10,000 runs, 5,000 tools and a table of 10,000 rows. How long a page takes, what a tab keeps, and what a console that is open
// costs the host.
import { readFileSync } from "node:fs";
import { launch, profile } from "./kit/browser.mjs";
import { mcpServer } from "./kit/mcp-server.mjs";
import { Person } from "./kit/person.mjs";
import { expect, until } from "./kit/report.mjs";
import { World } from "./world.mjs";

const RUNS = 10_000;
const TOOLS = 5_000;
const ROWS = 10_000;

/** A page is usable within a second on a machine that has nothing else to do; a test must not fail on one that has. */
const MAX_SECONDS = 10;
/** What a tab may keep of a hundred pages that it has left. */
const MAX_GROWTH = 20 * 1_024 * 1_024;
const PAGES_TURNED = 100;
/** What an open console may cost the host, of one core. */
const MAX_CPU = 0.01;
const IDLE_SECONDS = 20;

async function begin() {
  const tools = Array.from({ length: TOOLS }, (_, place) => ({
    name: `tool_${place}`, description: `Does the thing number ${place}.`, inputSchema: { type: "object", properties: { text: { type: "string" } } },
  }));
  const server = await mcpServer({ name: "many", tools: () => tools, call: () => ({ content: [{ type: "text", text: "done" }] }) });
  const world = await World.begin("scale", { configuration: `[upstreams.many]\nurl = "${server.url}"\nallow_private = true\n`, plugins: ["search", "databases", "pages", "rows", "connections"] });
  await world.workspace();
  const { token } = await world.token("Worker");
  await until("all tools are there", async () => (await world.ask(token, "/v1/tools")).result.tools.length > TOOLS, { seconds: 60 });
  await world.seed({ rows: [{ data_source_id: world.ids.tasks_data_source, count: ROWS - world.ids.tasks.length, title: "Row {n}", properties: { Estimate: { number: "{n}" } } }] });
  return { world, server, token };
}

/** Makes runs through the same door as everybody's: calls that may write, most of which are refused because they name no connection that is there. */
async function work(world, token) {
  let made = 0;
  const nowhere = "0192a0b0-0000-7000-8000-000000000000";
  await Promise.all(Array.from({ length: 24 }, async () => {
    for (let number = (made += 1); number <= RUNS; number = (made += 1)) {
      const [tool, given] = number % 50 === 0 ? ["many_tool_7", { text: `number ${number}` }] : ["connection_refresh", { connection_id: nowhere }];
      const { error } = await world.ask(token, `/v1/tools/${tool}`, given);
      expect(!error || error.code === "not_found", () => `run ${number}: ${JSON.stringify(error)}`);
    }
  }));
}

/** From pressing Enter in the browser's bar until the heading and the first rows are there, in seconds. */
async function opening(person, address, rows) {
  const begun = performance.now();
  await person.page.goto(person.world.url + address, { waitUntil: "commit" });
  await rows(person.page).first().waitFor({ timeout: 30_000 });
  await person.page.locator("h1").first().waitFor();
  return (performance.now() - begun) / 1_000;
}

async function pagesOpen(person) {
  const named = (name) => (page) => page.getByText(name, { exact: true });
  const looked = [
    ["activity", "/console/activity?of=everyone", (page) => page.locator("main tbody tr, main li, main article").filter({ hasText: /many_tool_7|connection_refresh|Tool 7|credential/i })],
    ["tools", "/console/tools", (page) => page.locator("main a[href*='/console/tools/']")],
    ["tool", "/console/tools/many_tool_4321", (page) => page.getByRole("heading", { level: 1 })],
    ["MCP servers", "/console/upstreams", (page) => page.getByRole("link", { name: /many/ })],
    ["MCP server", "/console/upstreams/many", named("many_tool_0")],
    ["database", `/console/databases/${person.world.ids.tasks_database}`, (page) => page.getByText(/^Row \d+$/)],
    ["new token", "/console/tokens?new=claude", (page) => page.getByRole("heading", { name: "1 of 2: the client" })],
    ["jobs", "/console/jobs", (page) => page.getByRole("heading", { level: 1, name: "Jobs" })],
    ["overview", "/console", (page) => page.getByRole("heading", { level: 1, name: "Overview" })],
  ];
  const times = [];
  const slow = [];
  for (const [name, address, rows] of looked) {
    const seconds = await opening(person, address, rows).catch((error) => {
      throw new Error(`${name}: ${error.message.split("\n")[0]}; the page says: ${error.stack.slice(0, 200)}`);
    });
    times.push(`${name} ${seconds.toFixed(2)} s`);
    if (seconds > MAX_SECONDS) {
      slow.push(name);
    }
  }
  expect(slow.length === 0, `too slow: ${slow.join(", ")} of ${times.join(", ")}`);
  return times.join(", ");
}

async function heap(person) {
  const session = await person.page.context().newCDPSession(person.page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  const value = (name) => metrics.find((metric) => metric.name === name).value;
  return { bytes: value("JSHeapUsedSize"), nodes: value("Nodes") };
}

async function tabStaysSmall(person) {
  await opening(person, `/console/databases/${person.world.ids.tasks_database}`, (page) => page.getByText(/^Row \d+$/));
  const turn = async () => {
    const before = await person.page.locator("main tbody").innerText();
    await person.uses("button", /^(Next|Show more)/, { max: 400 });
    await until("the next rows are there", async () => (await person.page.locator("main tbody").innerText()) !== before, { every: 10 });
  };
  await turn();
  await turn();
  const first = await heap(person);
  let turned = 0;
  for (; turned < PAGES_TURNED; turned += 1) {
    if (await person.page.getByRole("button", { name: /^(Next|Show more)/ }).first().isDisabled()) {
      break;
    }
    await turn();
  }
  const last = await heap(person);
  const growth = last.bytes - first.bytes;
  const told = `${turned} pages: heap ${mib(first.bytes)} to ${mib(last.bytes)}, nodes ${first.nodes} to ${last.nodes}`;
  expect(turned > 20, `only ${turned} pages could be turned`);
  expect(growth < MAX_GROWTH, told);
  return told;
}

const mib = (bytes) => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** Seconds of a processor that a process has used. */
function used(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function idleCosts(person) {
  const { pid } = person.world.host;
  const over = async () => {
    const before = used(pid);
    await new Promise((done) => setTimeout(done, IDLE_SECONDS * 1_000));
    return (used(pid) - before) / IDLE_SECONDS;
  };
  await person.page.goto("about:blank");
  const without = await over();
  await opening(person, "/console", (page) => page.getByRole("heading", { level: 1, name: "Overview" }));
  await new Promise((done) => setTimeout(done, 3_000));
  const cost = await over() - without;
  const told = `${(cost * 100).toFixed(2)} % of a core with a console open over ${IDLE_SECONDS} s, beside ${(without * 100).toFixed(2)} % without`;
  expect(cost < MAX_CPU, told);
  return told;
}

export const tasks = (report) => [async () => {
  let made;
  let browser;
  try {
    await report.check("scale: a world with much of everything", async () => {
      made = await begin();
      const begun = performance.now();
      await work(made.world, made.token);
      return `${RUNS} runs in ${((performance.now() - begun) / 1_000).toFixed(0)} s, ${TOOLS} tools, ${ROWS} rows`;
    });
    if (!made) {
      return;
    }
    browser = await launch();
    const person = await Person.sitsDown(await profile(browser, made.world), made.world);
    await report.check("scale: pages open", async () => {
      await person.signsInAsOperator();
      const told = await pagesOpen(person);
      person.watch.holds();
      return told;
    });
    await report.check("scale: the tab stays small", () => tabStaysSmall(person));
    await report.check("scale: an open console costs the host nearly nothing", () => idleCosts(person));
  } finally {
    await browser?.close();
    await made?.world.stop();
    await made?.server.stop();
  }
}];
