// Two people at once, each with a workspace of their own: neither ever gets a word of the other's. And who is no longer let in is out at once.
import { launch, profile } from "./kit/browser.mjs";
import { places } from "./kit/pages.mjs";
import { Person } from "./kit/person.mjs";
import { expect, until } from "./kit/report.mjs";
import { World } from "./world.mjs";

/** How long somebody may still see what they had open. */
const MAX_SECONDS = 2;

/** One word for each person, which stands in everything of theirs. */
const WORDS = ["alphacanary", "betacanary"];

/** Signs somebody in by Notion, and has Notion show them only their own page. */
async function arrive(browser, world, word) {
  const { ids } = await plant(world, word);
  const before = new Set((await world.control("state")).tokens.map(({ token }) => token));
  const person = await Person.sitsDown(await profile(browser, world), world);
  await world.seed({ users: [{ name: `${word} person`, email: `${word}@example.com` }] });
  await person.signsInByNotion(`${word} works`, `${word} person`);
  const own = (await world.control("state")).tokens.find(({ token }) => !before.has(token));
  await world.seed({ tokens: [{ ...own, shared: [ids.root] }] });
  const heard = [];
  person.page.on("response", async (response) => {
    const url = new URL(response.url());
    if (url.origin === world.url && url.pathname.startsWith("/v1/") && url.pathname !== "/v1/changes") {
      heard.push({ url: response.url(), text: await response.text().catch(() => "") });
    }
  });
  return { word, person, ids, heard };
}

/** A page, a database with a row, and a job's worth of text: all with the word in them. */
async function plant(world, word) {
  const text = (content) => [{ text: { content } }];
  const { root_pages: [root] } = await world.seed({ root_pages: [{ title: `${word} home` }] });
  const { databases: [database] } = await world.seed({ databases: [{
    parent: { type: "page_id", page_id: root }, title: text(`${word} ledger`),
    initial_data_source: { properties: { Name: { title: {} }, Notes: { rich_text: {} } } },
  }] });
  const { pages: [page] } = await world.seed({ pages: [{
    parent: { page_id: root }, properties: { title: { title: text(`${word} page`) } }, children: [{ paragraph: { rich_text: text(`${word} paragraph`) } }],
  }] });
  return { ids: { root, database, page } };
}

/** Asks the host from a page, as the page does. */
function fromPage(person, method, address, body) {
  return person.page.evaluate(async ([method, address, body]) => {
    const { result: session } = await (await fetch("/v1/session")).json();
    const response = await fetch(address, {
      method,
      headers: { Accept: "application/json", ...(method === "GET" ? {} : { "X-Form-Token": session.form_token, "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, text: await response.text(), request: response.headers.get("x-request-id") };
  }, [method, address, body]);
}

/** What somebody leaves behind at the host: a call, a job, a conversation. */
async function act({ word, person, ids }) {
  const call = await fromPage(person, "POST", "/v1/tools/update_page", { page_id: ids.page, properties: { title: `${word} page` } });
  expect(call.status === 200, `${word}: update_page answers ${call.text}`);
  const { connections } = JSON.parse((await fromPage(person, "GET", "/v1/connections")).text).result;
  const started = { kind: "search", args: { query: `${word} job` }, connection_id: connections[0]?.id };
  const job = JSON.parse((await fromPage(person, "POST", "/v1/jobs", started)).text);
  expect(job.ok, `${word}: a job is refused: ${JSON.stringify(job.error)}`);
  const chat = JSON.parse((await fromPage(person, "POST", "/v1/chat", { message: `say ${word} chat` })).text);
  expect(chat.ok, `${word}: the chat answers ${JSON.stringify(chat.error)}`);
  return { call: JSON.parse(call.text).meta.request_id, job: job.result.job_id, conversation: chat.result.conversation_id };
}

function addresses(known) {
  return places({ plugin: "pages", upstream: "none", tool: "search", ...known });
}

async function neitherSeesTheOther(both) {
  for (const one of both) {
    one.known = { ...(await act(one)), database: one.ids.database, page: one.ids.page };
  }
  const read = [];
  for (const one of both) {
    const other = both.find((person) => person !== one);
    // What they may see they do see: the check would hold of empty pages, too.
    const seen = [];
    for (const [whose, known] of [["own", one.known], ["the other's", other.known]]) {
      for (const place of addresses(known)) {
        // Refusals of what isn't theirs are what is wanted here.
        one.person.watch.allow(/status of (403|404)/);
        await one.person.opens(place.path);
        await one.person.settles();
        const words = await one.person.page.evaluate(() => document.documentElement.outerHTML + document.title);
        expect(!words.includes(other.word), `${one.word} sees a word of ${other.word} on ${place.name} (${whose})`);
        if (words.includes(one.word)) {
          seen.push(`${place.name}`);
        }
      }
    }
    for (const place of ["databases", "database", "page", "call", "conversation", "connections"]) {
      expect(seen.includes(place), `${one.word} doesn't see what is theirs on ${place}, but on ${seen.join(", ")}`);
    }
    for (const address of ["", "?of=everyone"].map((query) => `/v1/activity${query}`)
      .concat(`/v1/activity/${other.known.call}`, `/v1/jobs/${other.known.job}`, `/v1/chat/conversations/${other.known.conversation}`, "/v1/chat/conversations", "/v1/connections",
        "/v1/jobs", "/v1/audit", "/v1/account", "/v1/administration/status", "/v1/administration/tokens", "/v1/administration/connections", "/v1/administration/jobs", "/v1/administration/clients",
        "/v1/administration/plugins", "/v1/administration/upstreams")) {
      const { status, text } = await fromPage(one.person, "GET", address);
      expect(!text.includes(other.word), `${address} tells ${one.word} of ${other.word}`);
      if (address.includes("administration") || address.includes("everyone")) {
        expect(status === 403, `${address} answers ${status} to a person`);
      }
      if (address.includes(other.known.call) || address.includes(other.known.job) || address.includes(other.known.conversation)) {
        expect(status === 404, `${address} answers ${status}, and is the other's`);
      }
    }
    const leak = one.heard.find(({ text, url }) => text.includes(other.word) && !url.includes(other.known.call));
    expect(!leak, () => `${leak.url} told ${one.word}: ${leak.text.slice(leak.text.indexOf(other.word) - 200).slice(0, 400)}`);
    one.person.watch.holds();
    read.push(`${one.heard.length} answers`);
  }
  return `${addresses(both[0].known).length} pages each, with one's own and the other's addresses; ${read.join(" and ")} without a word of the other's`;
}

/** How long after something a page has shown nothing any more, in seconds. */
async function outAfter(person, word, cause) {
  await cause();
  const begun = performance.now();
  await until(async () => `the page goes on showing: ${(await person.page.locator("body").innerText()).slice(0, 300)}`,
    () => person.page.evaluate(() => /You are signed out|Sign in/.test(document.body.innerText) && !document.querySelector("nav")), { seconds: 15, every: 20 });
  const seconds = (performance.now() - begun) / 1_000;
  const words = await person.page.evaluate(() => document.documentElement.outerHTML + document.title);
  expect(!word || !words.includes(word), `a word of theirs stays on the page: ${words.slice(0, 400)}`);
  expect(seconds <= MAX_SECONDS, `out after ${seconds.toFixed(2)} s`);
  return `out after ${seconds.toFixed(2)} s`;
}

async function revokedIsOut(browser, world) {
  const { id, token } = await world.token("gammacanary");
  await world.workspace();
  const person = await Person.sitsDown(await profile(browser, world), world);
  await person.signsInByToken(token);
  person.watch.allow(/status of 401/);
  await person.goesTo("Databases");
  await person.settles();
  const told = await outAfter(person, "gammacanary", () => world.command(["token", "revoke", id]));
  await person.opens("/console/databases");
  await person.sees("heading", "Sign in");
  return told;
}

async function endedElsewhereIsOut(browser, world, { person, word, ids }) {
  const again = await Person.sitsDown(await profile(browser, world), world);
  // The same person in another browser: without a name the emulator has its first person agree.
  await again.signsInByNotion(`${word} works`, `${word} person`);
  person.watch.allow(/status of 401/);
  await person.opens(`/console/databases/${ids.database}`);
  await person.settles();
  await person.reads(word);
  await again.goesTo("Account");
  return outAfter(person, word, async () => {
    await again.uses("button", "Sign out everywhere");
    await again.uses("button", "Sign out everywhere", { within: again.page.getByRole("dialog") });
    await again.reads("signed out");
  });
}

export const tasks = (report) => [async () => {
  const browser = await launch();
  let world;
  try {
    let both = [];
    await report.check("people: two are signed in at once", async () => {
      world = await World.begin("people");
      for (const word of WORDS) {
        both.push(await arrive(browser, world, word));
      }
      return WORDS.join(" and ");
    });
    if (both.length === 2) {
      await report.check("people: neither ever sees a word of the other's", () => neitherSeesTheOther(both));
      await report.check("people: a revoked token's bearer is out, with a page open", () => revokedIsOut(browser, world));
      await report.check("people: a session that was ended elsewhere is out, with a page open", () => endedElsewhereIsOut(browser, world, both[0]));
    }
  } finally {
    await browser.close();
    await world?.stop();
  }
}];
