// Asks Toolbay and Notion's own MCP server for the same things, and prints what their lists and answers cost in o200k
// tokens, as JSON. Started by script/bench tokens.
//
// Environment: EMULATOR_URL, EMULATOR_TOKEN, TOOLBAY_URL, TOOLBAY_TOKEN.

import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { DAY } from "./day.mjs";
import { MIXED } from "./mixed.mjs";
import { ALL, TEXTS, TITLE } from "./page.mjs";
import { ROWS } from "./rows.mjs";
import { other, official, toolbay } from "./servers.mjs";
import { asker, carriedOut } from "./sessions.mjs";
import { TITLES_OF_PAGES, WORD_OF_PAGES, WORD_OF_ROWS, plant } from "./workspace.mjs";

const HITS = 20;

function fail(why) {
  throw new Error(why);
}

const environment = (name) => process.env[name] ?? fail(`${name} must be set`);

// Text that looks like a control token of a model is text here.
const count = (text) => countTokens(text, { disallowedSpecial: new Set() });
const countJson = (value) => (value === undefined ? 0 : count(JSON.stringify(value)));

function costOfList(tools) {
  const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  return { tools: tools.length, tokens: countJson(tools), shown: countJson(shown) };
}

function costOfAnswers(answers) {
  const sum = (each) => answers.map(each).reduce((total, one) => total + one, 0);
  return {
    calls: answers.length,
    tokens: sum(({ texts }) => texts.map(count).reduce((total, one) => total + one, 0)),
    structured: sum(({ structured }) => countJson(structured)),
  };
}

/** Both must say all of it, each text as often as it is there: who leaves something out is short for the wrong reason. */
function check(what, answers, wanted) {
  const said = answers.flatMap(({ texts }) => texts).join("\n");
  const times = new Map();
  for (const text of wanted) times.set(text, (times.get(text) ?? 0) + 1);
  for (const [text, least] of times) {
    const found = said.split(JSON.stringify(text).slice(1, -1)).length - 1;
    if (found < least) fail(`${what} has ${JSON.stringify(text)} ${found} times, not ${least}: ${said.slice(0, 3000)}`);
  }
}

/** The rows with what their columns begin with put back: what a reader of the answer knows. */
function whole({ texts, ...rest }) {
  const { columns, rows, all_begin_with: beginnings = {}, ...others } = JSON.parse(texts[0]);
  const cell = (value, place) => (value === null ? null : (beginnings[columns[place]] ?? "") + value);
  const filled = rows.map((row) => row.map((value, place) => (columns[place] in beginnings ? cell(value, place) : value)));
  return { texts: [JSON.stringify({ columns, rows: filled, ...others })], ...rest };
}

/** As many of these titles as were asked for, and no more. */
function checkHits(what, answers, titles) {
  const said = answers.flatMap(({ texts }) => texts).join("\n");
  const found = titles.filter((title) => said.includes(JSON.stringify(title))).length;
  if (found !== HITS) fail(`${what} has ${found} hits, not ${HITS}: ${said.slice(0, 3000)}`);
}

/** The page's blocks by the server that gives one level a call. */
async function blocksOf(server, id) {
  const answer = await server.call("API-get-block-children", { block_id: id, page_size: 100 });
  const answers = [answer];
  for (const block of JSON.parse(answer.texts[0]).results) {
    if (block.has_children) answers.push(...(await blocksOf(server, block.id)));
  }
  return answers;
}

const emulator = { url: environment("EMULATOR_URL"), token: environment("EMULATOR_TOKEN") };
const host = { url: environment("TOOLBAY_URL"), token: environment("TOOLBAY_TOKEN") };
const ids = await plant(emulator);

const core = await toolbay(host, "core");
const everything = await toolbay(host);
const theirs = await official(emulator);
const lists = { core: await core.tools(), everything: await everything.tools(), theirs: await theirs.tools() };

const figures = [];
function list(name, tools, aim) {
  figures.push({ name, ours: costOfList(tools), theirs: costOfList(lists.theirs), aim });
}
function answers(name, ours, others, aim) {
  figures.push({ name, ours: costOfAnswers(ours), theirs: costOfAnswers(others), aim });
}
list("tools/list, profile core", lists.core, { tokens: 2500 });
list("tools/list, everything", lists.everything, { tokens: 8000 });

const cells = ROWS.flatMap(({ Due, Estimate, Blocked, ...texts }) => [Due?.start, Due?.end, ...Object.values(texts).flat()]).filter(Boolean);
const query = [await core.call("query", { database_id: ids.database, limit: 100 })];
const queryData = [await theirs.call("API-query-data-source", { data_source_id: ids.dataSource, page_size: 100 })];
check("query", query.map(whole), cells);
check("API-query-data-source", queryData, cells);
answers("query: 100 rows, 10 properties", query, queryData, { share: 0.1 });

async function search(what, word, titles, aim) {
  const ours = [await core.call("search", { query: word, page_size: HITS })];
  const others = [await theirs.call("API-post-search", { query: word, page_size: HITS })];
  checkHits("search", ours, titles);
  checkHits("API-post-search", others, titles);
  answers(`search: ${HITS} hits, ${what}`, ours, others, aim);
}
await search("rows of that database", WORD_OF_ROWS, ROWS.map((row) => row.Name), { share: 0.1 });
await search("pages outside databases", WORD_OF_PAGES, TITLES_OF_PAGES, { share: 0.1 });

const page = { page_id: ids.page };
const retrieved = await theirs.call("API-retrieve-a-page", page);
const asBlocks = [retrieved, ...(await blocksOf(theirs, ids.page))];
const asMarkdown = [retrieved, await theirs.call("API-retrieve-page-markdown", page)];
const fetched = [await core.call("fetch", { id: ids.page })];
const content = [await everything.call("get_page", { ...page, content: true })];
const written = [TITLE, ...TEXTS];
for (const [what, given] of Object.entries({ fetch: fetched, get_page: content, blocks: asBlocks, markdown: asMarkdown })) {
  check(what, given, written);
}
answers(`fetch: page of ${ALL.length} blocks`, fetched, asBlocks, { share: 0.1 });
answers("get_page with content: the same", content, asBlocks, { share: 0.1 });
answers("fetch: the same, theirs as markdown", fetched, asMarkdown);

/** What a session costs in all: the list and the instructions that it begins with, what the model writes, what it reads. */
function session(steps, begin) {
  const sum = (each) => steps.map(each).reduce((total, one) => total + one, 0);
  const [calls, written, read] = [sum(({ calls }) => calls), sum(({ written }) => written), sum(({ read }) => read)];
  return { calls, begin, written, read, tokens: begin + written + read };
}
const rival = await other(emulator);
const beginning = async (server) => costOfList(await server.tools()).shown + count(server.instructions());
const [begin, theirBegin, otherBegin] = [await beginning(core), await beginning(theirs), await beginning(rival)];
const ask = asker(emulator);
const sessions = [];
for (const [name, requests] of Object.entries({ "a working day: 12 requests": DAY, "ten operations": MIXED })) {
  const ours = await carriedOut(requests, "toolbay", core, ask, count);
  const others = await carriedOut(requests, "official", theirs, ask, count);
  sessions.push({
    name,
    ours: session(ours, begin),
    theirs: session(others, theirBegin),
    other: { tokens: otherBegin },
    steps: ours.map((step, at) => ({ name: step.name, ours: step, theirs: others[at] })),
  });
}

await Promise.all([core.close(), everything.close(), theirs.close(), rival.close()]);
const inCore = new Set(lists.core.map((tool) => tool.name));
const each = lists.everything
  .map((tool) => ({ name: tool.name, core: inCore.has(tool.name), ...costOfList([tool]) }))
  .sort((one, other) => other.tokens - one.tokens);
console.log(JSON.stringify({ figures, tools: each, sessions }));
