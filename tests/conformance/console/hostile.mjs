// What strangers write stays text: in titles, descriptions, errors, answers and the names of files. And what the pages may do by their policy.
import http from "node:http";
import { launch, profile } from "./kit/browser.mjs";
import { staysText } from "./kit/hostile-check.mjs";
import { ALL, KIB, SHORT, pieces, word } from "./kit/hostile-text.mjs";
import { mcpServer } from "./kit/mcp-server.mjs";
import { places } from "./kit/pages.mjs";
import { Person } from "./kit/person.mjs";
import { expect, until } from "./kit/report.mjs";
import { World } from "./world.mjs";

const text = (content) => ({ content: [{ type: "text", text: content }] });
const SCHEMA = { type: "object", properties: { given: { type: "string", title: SHORT.markup, description: ALL, enum: [SHORT.script, word(2_000)] } } };

/** Tools whose every word is a stranger's. */
const TOOLS = [
  { name: "says", title: SHORT.markup, description: `${ALL} ${word(40 * KIB)}`, inputSchema: SCHEMA },
  { name: "endless", title: word(2_000), description: word(50 * KIB), inputSchema: { type: "object", properties: {} } },
  { name: "data", description: ALL, inputSchema: { type: "object", properties: {} } },
  { name: "fails", title: SHORT.script, description: ALL, inputSchema: { type: "object", properties: {} } },
];

const ANSWERS = {
  says: () => text(ALL),
  endless: () => text(word(100 * KIB)),
  data: () => ({ ...text(ALL), structuredContent: { [SHORT.picture]: ALL, rows: [{ name: SHORT.markup, [SHORT.script]: word(100 * KIB), link: "javascript:alert(1)" }] } }),
  fails: () => ({ ...text(`${ALL} ${word(100 * KIB)}`), isError: true }),
};

async function plant(world) {
  const { ids } = world;
  const seeded = await world.seed({
    root_pages: [{ title: SHORT.picture }, { title: word(2_000) }],
    pages: [{
      parent: { data_source_id: ids.tasks_data_source },
      properties: { Name: { title: pieces(`${ALL} ${word(90 * KIB)}`) }, Notes: { rich_text: pieces(`${ALL} ${word(100 * KIB)}`) }, Tags: { multi_select: [{ name: SHORT.markup }] } },
      children: [{ paragraph: { rich_text: pieces(ALL) } }, { heading_1: { rich_text: pieces(word(4 * KIB)) } }, { code: { rich_text: pieces(ALL), language: "html" } }],
    }],
    databases: [{
      parent: { type: "page_id", page_id: ids.root_page }, title: pieces(`${SHORT.markup} ledger`), description: pieces(ALL),
      initial_data_source: { properties: { [SHORT.script]: { title: {} }, [`${SHORT.picture} ${word(60)}`]: { rich_text: {} }, Files: { files: {} } } },
    }],
  });
  const [database] = seeded.databases;
  const source = await world.call(world.worker, "get_database", { database_id: database });
  await world.seed({ pages: [{
    parent: { data_source_id: source.data_source_id ?? source.id },
    properties: {
      [SHORT.script]: { title: pieces(SHORT.markup) },
      Files: { files: [{ name: `${SHORT.picture}.txt`, external: { url: "https://example.com/a.txt" } }, { name: `report\u202Efdp.exe`, external: { url: "https://example.com/b" } }] },
    },
  }] });
  return { page: seeded.pages[0], database, others: seeded.root_pages };
}

async function begin() {
  const server = await mcpServer({ name: SHORT.markup, tools: () => TOOLS, call: (name) => ANSWERS[name]() });
  const world = await World.begin("hostile", { configuration: `[upstreams.stranger]\nurl = "${server.url}"\nallow_private = true\n`, scenes: [{
    when: /everything/, steps: () => [{ say: "", call: ["stranger_says", {}] }, { say: `${ALL} ${word(20 * KIB)}` }],
  }] });
  await world.connection(SHORT.markup.slice(0, 60));
  world.worker = (await world.token(`${SHORT.script}`.slice(0, 90))).token;
  await until("the stranger's tools are there", async () => (await world.ask(world.worker, "/v1/tools")).result.tools.some(({ name }) => name === "stranger_fails"), { seconds: 30 });
  const known = await plant(world);
  for (const { name } of TOOLS) {
    known[name] = (await world.ask(world.worker, `/v1/tools/stranger_${name}`, {})).meta.request_id;
  }
  const job = await world.ask(world.worker, "/v1/jobs", { kind: "search", args: { query: ALL.slice(0, 400) } });
  const chat = await world.ask(world.worker, "/v1/chat", { message: `everything ${ALL}` });
  expect(job.ok && chat.ok, () => JSON.stringify([job.error, chat.error]));
  return { world, server, known: { ...known, job: job.result.job_id, conversation: chat.result.conversation_id } };
}

/** Opens everything that folds, and shows what is cut, as a person does who wants to see it. */
async function unfold(person) {
  for (let times = 0; times < 12; times += 1) {
    const closed = person.page.locator("main details:not([open]) > summary");
    const more = person.page.locator("main button").filter({ hasText: /^Show all [\d,]+ characters$/ });
    const next = (await closed.count()) > 0 ? closed.first() : (await more.count()) > 0 ? more.first() : null;
    if (!next) {
      return;
    }
    await next.evaluate((element) => element.focus());
    await person.press("Enter");
    await person.page.waitForTimeout(30);
  }
}

async function passesAllPages(browser, { world, known }, size) {
  const context = await profile(browser, world, { size });
  const [operator, bearer] = [await Person.sitsDown(context, world), await Person.sitsDown(await profile(browser, world, { size }), world)];
  await operator.signsInAsOperator();
  await bearer.signsInByToken(world.worker);
  bearer.watch.allow(/status of (403|404)/);
  operator.watch.allow(/status of 404/);
  let looked = 0;
  const look = async (person, path) => {
    await person.opens(path);
    await person.settles();
    await staysText(person, `as ${person === operator ? "operator" : "bearer"}`);
    await unfold(person);
    await staysText(person, `as ${person === operator ? "operator" : "bearer"}, unfolded`);
    looked += 1;
  };
  const at = (call) => `/console/activity/${call}`;
  const addresses = { call: known.says, job: known.job, conversation: known.conversation, database: known.database, page: known.page, plugin: "pages", upstream: "stranger", tool: "stranger_says" };
  for (const place of places(addresses)) {
    // Conversations and what they are about are their bearer's alone.
    await look(bearer, place.path);
    if (!["conversation", "job"].includes(place.name)) {
      await look(operator, place.path);
    }
  }
  for (const path of [at(known.fails), at(known.endless), at(known.data), `/console/databases/${world.ids.tasks_database}`, `/console/pages/${known.others[0]}`, `/console/pages/${known.others[1]}`,
    "/console/tools/stranger_endless", "/console/tools/stranger_fails", "/console/tools?q=stranger", `/console/tools/search?a=${encodeURIComponent(JSON.stringify({ query: ALL }))}`, `/console/${encodeURIComponent(SHORT.picture)}`,
    `/console/tools/${encodeURIComponent(SHORT.picture)}`, `/console/databases?q=${encodeURIComponent(SHORT.markup)}`]) {
    await look(operator, path);
  }
  await context.close();
  return `${looked} pages, each folded and unfolded`;
}

/** What tools answer, where somebody has just called them. */
async function answersStayText(browser, { world }, size) {
  const person = await Person.sitsDown(await profile(browser, world, { size }), world);
  await person.signsInAsOperator();
  // A tool that fails answers with the status of a failure.
  person.watch.allow(/status of 5\d\d/);
  for (const { name } of TOOLS) {
    await person.opens(`/console/tools/stranger_${name}`);
    await person.settles();
    await person.uses("button", "Run");
    await person.reads(name === "endless" ? /endlessx/ : /strangers-own/, person.page.locator("main"));
    await unfold(person);
    await staysText(person, `the answer of ${name}`);
  }
  return `${TOOLS.length} answers`;
}

async function policyHasNoExceptions({ world }) {
  const looked = ["/", "/console", "/console/tools", "/console/nowhere", "/console/assets/main.js", "/console/assets/icon.svg", "/sign-in", "/account"];
  for (const path of looked) {
    const { headers, status } = await fetch(world.url + path, { redirect: "manual" });
    // What only leads elsewhere has no content whose addresses could be turned.
    const leads = status >= 300 && status < 400;
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'") && (leads || policy.includes("base-uri 'none'")), `${path}: the policy is "${policy}"`);
    expect(!/unsafe|\*|https?:|wasm|strict-dynamic|nonce|sha\d/.test(policy.replace(/form-action[^;]*/, "")), `${path} has an exception: ${policy}`);
    // Parts of the page are the same for everybody, and show nothing by themselves.
    expect(leads || path.includes("/assets/") || headers.get("x-frame-options") === "DENY", `${path} can be framed by older browsers`);
    expect(headers.get("x-content-type-options") === "nosniff", `${path} can be sniffed`);
    if (path.startsWith("/console") && !path.includes("assets")) {
      expect(/require-trusted-types-for 'script'/.test(policy) && /trusted-types 'none'/.test(policy), `${path} allows text as markup: ${policy}`);
    }
  }
  return `${looked.length} addresses`;
}

async function framingIsRefused(browser, { world }) {
  const thief = http.createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(`<h1>Win</h1><iframe src="${world.url}/console"></iframe><object data="${world.url}/console/tokens"></object><embed src="${world.url}/sign-in">`);
  });
  await new Promise((done) => thief.listen(0, "127.0.0.1", done));
  try {
    const context = await profile(browser, world);
    await (await Person.sitsDown(context, world)).signsInAsOperator();
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${thief.address().port}/`);
    await page.waitForTimeout(1_500);
    const frames = page.frames().slice(1);
    for (const frame of frames) {
      const shown = await frame.evaluate(() => document.body?.innerText ?? "").catch(() => "");
      expect(!/Overview|Signed in|Token|Sign in/.test(shown), `a frame shows: ${shown.slice(0, 200)}`);
      expect(!frame.url().startsWith(world.url) || shown === "", `a frame is at ${frame.url()}`);
    }
    await context.close();
    return `${frames.length} frames, all empty`;
  } finally {
    thief.close();
    thief.closeAllConnections();
  }
}

async function signedOutShowsNothing(browser, { world }) {
  const context = await profile(browser, world);
  const [here, there] = [await Person.sitsDown(context, world), await Person.sitsDown(context, world)];
  await here.signsInAsOperator();
  here.watch.allow(/status of 401/);
  there.watch.allow(/status of 401/);
  // A draft is kept in the tab, as long as somebody is signed in.
  await here.opens("/console/write");
  await here.types("Title", "A draft about the gears");
  await here.page.waitForTimeout(300);
  await here.opens("/console/databases");
  await here.reads("Tasks");
  await here.opens(`/console/databases/${world.ids.tasks_database}`);
  await here.reads("Order the gears");
  await there.opens("/console/account");
  await there.sees("heading", "Account");
  await there.uses("button", "Sign out");
  await here.reads("You are signed out.");
  const isEmpty = async (person, when) => {
    // A page that is being left can't be asked: what comes after it can.
    const words = await until(`${when} the tab can be looked at`, () => person.page.evaluate(() => document.documentElement.outerHTML + document.title).catch(() => null), { every: 10 });
    expect(!/Order the gears|Tasks|Signed in as|form_token/.test(words), `${when} the tab still has: ${words.slice(0, 400)}`);
  };
  await isEmpty(here, "signed out elsewhere,");
  await here.examines("signed out");
  for (const [when, goes] of [["gone back,", () => here.page.goBack()], ["gone forward,", () => here.page.goForward()]]) {
    await goes().catch(() => {});
    await isEmpty(here, when);
    await here.page.waitForURL("**/sign-in");
    await here.sees("heading", "Sign in");
    await isEmpty(here, `${when} and led to signing in,`);
  }
  await here.page.reload();
  await here.sees("heading", "Sign in");
  await isEmpty(here, "loaded again,");
  const kept = await here.page.evaluate(async () => JSON.stringify({
    local: { ...localStorage }, session: { ...sessionStorage }, databases: await indexedDB.databases(), caches: await caches.keys(), cookies: document.cookie,
  }));
  expect(!/Order|Tasks|tb_|token|gears|draft|strangers-own/.test(kept), `the browser keeps ${kept.slice(0, 500)}`);
  expect((await context.cookies()).every(({ httpOnly }) => httpOnly), "a script can read a cookie");
  await context.close();
  return "signed out in another tab, gone back, forward, loaded again; the browser keeps nothing";
}

export const tasks = (report) => [async () => {
  const browser = await launch();
  let made;
  try {
    await report.check("hostile: a world of strangers' words", async () => {
      made = await begin();
      return `${TOOLS.length} tools, titles, rows, files, a conversation`;
    });
    if (made) {
      await report.check("hostile: all pages at 390 px", () => passesAllPages(browser, made, "narrow"));
      await report.check("hostile: all pages at 1280 px", () => passesAllPages(browser, made, "wide"));
      await report.check("hostile: answers at 390 px", () => answersStayText(browser, made, "narrow"));
      await report.check("hostile: the policy has no exceptions", () => policyHasNoExceptions(made));
      await report.check("hostile: framing is refused", () => framingIsRefused(browser, made));
      await report.check("hostile: a signed-out tab shows nothing", () => signedOutShowsNothing(browser, made));
    }
  } finally {
    await browser.close();
    await made?.world.stop();
    await made?.server.stop();
  }
}];
