// A plugin is dropped in: what it asks for, what changed since the version before, granting and taking back, and how its calls went.
import { expect, until } from "../kit/report.mjs";

export const title = "a plugin that is dropped, granted and replaced";

const PLUGIN = "comments";

export async function walk({ person, world }) {
  await world.workspace();
  const { token } = await world.token("Commenter");
  const comment = () => world.ask(token, "/v1/tools/create_comment", { page_id: world.ids.root_page, text: "Shall we?" });
  await person.signsInAsOperator();
  await person.goesTo("Plugins");
  await person.examines("Plugins");

  // It appears by itself. As its first version it asks for less.
  world.dropPlugin(PLUGIN, (manifest) => `${manifest.split("[capabilities]")[0]}[capabilities]\nnotion.read = ["GET /v1/comments", "GET /v1/users", "GET /v1/blocks/{block_id}", "GET /v1/comments/{comment_id}"]\n`);
  await world.live(PLUGIN, "0.1.0");
  await person.sees("link", PLUGIN);
  await person.uses("link", PLUGIN);
  await person.arrives(PLUGIN);
  await person.reads(/live/i);
  await person.reads("notion.read");
  await person.examines("a plugin");

  world.dropPlugin(PLUGIN, (manifest) => manifest.replace('version = "0.1.0"', 'version = "0.2.0"'));
  await world.live(PLUGIN, "0.2.0");
  await person.reads("0.2.0");
  await person.reads("new in this version");
  await person.reads("Asks for, in addition");
  await person.examines("a plugin, replaced");
  await until("the tool is back", async () => (await world.ask(token, "/v1/tools")).result.tools.some(({ name }) => name === "create_comment"));
  const refused = await comment();
  expect(refused.error?.code === "forbidden", () => `a comment without the grant: ${JSON.stringify(refused)}`);

  await person.uses("button", /^Grant: notion\.write/);
  await person.reads(/may use notion\.write.* now/);
  await person.focusIs(person.page.locator(".outcome"), "what came of granting");
  await person.examines("a plugin, granted");
  await world.inForce(PLUGIN, "notion.write", true);
  const done = await comment();
  expect(done.ok, () => `a comment with the grant: ${JSON.stringify(done)}`);
  await person.sees("button", /^Grant: notion\.destroy/);

  await until("the calls are counted", async () => /Calls\s*2\s*Refused\s*1\s*Failures\s*0/.test(await person.page.locator("main").innerText()), { seconds: 15 })
    .catch(async (error) => { throw new Error(`${error.message}: ${await person.page.locator("main").innerText()}`); });
  await person.reads("Time on average");
  await person.reads(/Limits of each call/);
  await person.reads(/MiB/);

  await person.uses("button", /^Take back: notion\.write/);
  await person.sees("dialog");
  // Another call is counted meanwhile: what opened the dialog is made anew.
  await comment();
  await until("the call is counted", async () => /Calls\s*3/.test(await person.page.locator("main").innerText()), { seconds: 15 });
  await person.press("Escape");
  await person.focusIs(person.the("button", /^Take back: notion\.write/), "what opened the dialog");
  await person.press("Enter");
  await person.uses("button", "Take back", { within: person.dialog });
  await person.reads(/may not use notion\.write.* any more/);
  await world.inForce(PLUGIN, "notion.write", false);
  const again = await comment();
  expect(again.error?.code === "forbidden", () => `a comment after it was taken back: ${JSON.stringify(again)}`);

  // One that is no plugin is refused with a reason.
  await person.goesTo("Plugins");
  const [chooser] = await Promise.all([person.page.waitForEvent("filechooser"), person.uses("button", "Install a plugin")]);
  await chooser.setFiles({ name: "broken.wasm", mimeType: "application/wasm", buffer: Buffer.from("no component") });
  person.watch.allow(/status of 4\d\d/);
  await person.sees("alert");
  await person.focusIs(person.page.locator(".outcome"), "why it wasn't installed");
  await person.examines("Plugins, one refused");
  return "dropped, read, replaced, granted, called and taken back";
}
