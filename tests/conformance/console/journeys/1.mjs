// A new operator opens the link that the host prints, sees what runs, connects a workspace, makes a token and copies what its client needs.
import { expect } from "../kit/report.mjs";

export const title = "from the link to a token that works";

export async function walk({ person, world }) {
  await person.opens(await world.link());
  await person.examines("the link");
  await person.uses("button", "Sign in as operator");
  await person.sees("heading", "Overview");
  expect(new URL(person.page.url()).pathname.replace(/\/$/, "").match(/^(\/console)?$/), `signing in leads to ${person.page.url()}`);
  await person.examines("Overview");
  await person.reads("operator");
  await person.reads(/Version\s+\d+\.\d+/);

  await person.goesTo("Connections");
  await person.reads("No workspace is connected yet.");
  await person.examines("Connections, none");
  await world.control("oauth", { workspace: "Lovelace Works" });
  await person.uses("button", "Connect a workspace");
  await person.reads("Lovelace Works is connected.");
  await person.focusIs(person.page.locator(".outcome"), "what came of connecting");
  expect(!person.page.url().includes("connected="), "the address goes on saying that something was connected just now");
  await person.examines("Connections, one");

  await person.goesTo("Tokens");
  await person.examines("Tokens, none");
  await person.uses("button", "Create token");
  await person.arrives("New token");
  await person.examines("New token, the client");
  await person.chooses("Which client is it for?", "Claude Code");
  await person.types(/^Name/, "");
  await person.uses("button", "Next");
  await person.reads("Give it a name.");
  await person.focusIs(person.the("textbox", /^Name/), "the field that is wrong");
  await person.types(/^Name/, "Claude of the journey");
  await person.uses("button", "Next");
  const head = person.the("heading", "2 of 2: what it may do");
  await head.waitFor();
  await person.focusIs(head, "the second step");
  await person.examines("New token, what it may do");
  await person.uses("button", "Create token");
  const done = person.the("heading", "Copy the token now");
  await done.waitFor();
  await person.focusIs(done, "the token");
  await person.examines("New token, made");
  const token = await person.copies("Copy: token");
  expect(/^tb_\w{20,}$/.test(token), `what is copied is no token but ${token.length} characters`);
  const configuration = await person.copies("Copy: configuration of Claude Code");
  expect(configuration.includes(token) && configuration.includes(`${world.url}/mcp`), "the configuration lacks the token or the address");
  const { ok, result } = await world.ask(token, "/v1/tools");
  expect(ok && result.tools.some(({ name }) => name === "search"), "the token doesn't work");
  await person.uses("button", "Done: I have copied it");
  await person.arrives("Tokens");
  await person.reads("Claude of the journey");
  await person.examines("Tokens, one");

  // The dialog takes the focus and gives it back; then the token ends.
  await person.uses("button", "Revoke: Claude of the journey");
  await person.sees("dialog", "Revoke Claude of the journey?");
  await person.examines("the question before a token is revoked");
  await person.press("Escape");
  await person.focusIs(person.the("button", "Revoke: Claude of the journey"), "what opened the dialog");
  await person.press("Enter");
  await person.uses("button", "Revoke", { within: person.dialog });
  await person.reads("The token Claude of the journey is revoked.");
  await person.focusIs(person.page.locator(".outcome"), "what came of revoking");
  expect(!(await world.ask(token, "/v1/tools")).ok, "the revoked token works");
  return "signed in, connected, a token copied, used and revoked";
}
