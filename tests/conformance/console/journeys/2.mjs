// Somebody signs in by Notion, sees only what is theirs, finds a database, adds and edits a row, uploads a file, and writes a page with a preview.
import { expect } from "../kit/report.mjs";

export const title = "from Notion to a row, a file and a page";

const GIVEN = "# A plan\n\nFirst the **gears**, then the mill.\n\n- [ ] order\n- [x] draw\n";

export async function walk({ person, world }) {
  await world.grantAll();
  await world.control("oauth", { workspace: "Somerville House" });
  await person.opens("/sign-in");
  await person.examines("signing in");
  await person.uses("button", "Continue with Notion");
  await person.sees("heading", "Overview");
  await person.examines("Overview of a person");
  // What administers isn't theirs to see.
  await person.goesTo("Connections");
  await person.reads("Somerville House");
  const page = await person.page.locator("body").innerText();
  expect(!/Lovelace Works|Workshop/.test(page), "somebody else's workspace is there, too");
  for (const name of ["Tokens", "Plugins", "MCP servers"]) {
    expect(await person.page.locator("nav").getByRole("link", { name, exact: true }).count() === 0, `the menu of a person has ${name}`);
  }
  await person.examines("Connections of a person");

  await person.goesTo("Databases");
  await person.reads("Tasks");
  await person.types("Find by name", "task", { role: "searchbox" });
  await person.page.waitForFunction(() => new URLSearchParams(location.search).get("q") === "task");
  await person.settles();
  await person.examines("Databases, found");
  await person.uses("link", "Tasks");
  await person.arrives(/Tasks/);
  await person.reads("Order the gears");
  await person.examines("a database");

  await person.uses("button", "Add row");
  await person.sees("dialog", "Add a row to Tasks");
  await person.focusIs(person.dialog.locator("input, textarea, select").first(), "the first field of the dialog");
  await person.examines("adding a row");
  await person.types(/^Name/, "Oil the bearings", { within: person.dialog });
  await person.types(/^Estimate/, "2.5", { within: person.dialog, role: "field" });
  await person.uses("button", "Add row", { within: person.dialog });
  await person.reads("Oil the bearings");
  await person.examines("a database with a new row");
  await person.focusIs(person.page.locator("main"), "the new row or what came of it");

  const edit = "Edit: Oil the bearings";
  await person.uses("button", edit, { back: !(await person.the("button", edit).evaluate((element) => element === document.activeElement)) });
  await person.sees("dialog", "Edit Oil the bearings");
  await person.examines("editing a row");
  await person.types(/^Estimate/, "3.75", { within: person.dialog, role: "field" });
  await person.uses("button", "Save", { within: person.dialog });
  await person.reads("3.75");
  await person.focusIs(person.the("button", edit), "the row that was edited");

  await person.uses("link", "Oil the bearings", { back: true });
  await person.arrives(/Oil the bearings/);
  await person.examines("a page");
  await person.goesTo("Databases");
  await person.uses("link", "New page");
  await person.arrives("New page");
  await person.examines("writing a page");
  await writes(person);
  const canUpload = await world.hasTool("upload_file");
  await (canUpload ? uploads : links)(person);
  await person.reads(/File:/);
  await person.examines("a page with a file");
  return `found, added, edited, written, a file ${canUpload ? "of this machine" : "by its link: this host has no tool upload_file"}`;
}

/** A page below another one, in markdown; the preview follows. */
async function writes(person) {
  await person.uses("button", "Create page");
  const place = person.the("combobox", /^Where it goes/);
  await person.focusIs(place, "the field that is missing");
  await person.picks(/^Where it goes/, "Draw the mill");
  await person.types("Title", "Plan of the mill");
  await person.types("Content", GIVEN);
  if (person.isNarrow) {
    await person.reach("tab", "Write", { back: true });
    await person.press("ArrowRight");
  }
  const preview = person.the("region", "Content: preview");
  await preview.locator("strong", { hasText: "gears" }).waitFor();
  expect(await preview.getByRole("heading", { name: "A plan" }).count() === 1, "the preview has no heading");
  await person.examines("writing a page, with its preview");
  await person.uses("button", "Create page");
  await person.arrives(/Plan of the mill/);
  await person.reads("First the gears, then the mill.");
  await person.examines("the page that was written");
}

/** A file of this machine, on the page that was written. */
async function uploads(person) {
  const [chooser] = await Promise.all([person.page.waitForEvent("filechooser"), person.uses("field", "A file of this machine")]);
  await chooser.setFiles({ name: "bearings.txt", mimeType: "text/plain", buffer: Buffer.from("Six of them.\n") });
  await person.reads(/Sent: bearings\.txt/);
}

/** A file by its link: what a host offers that has no tool for the bytes of a file. The page says so. */
async function links(person) {
  await person.uses("summary", "Attach a file by its link");
  await person.reads("Files of this machine can't be sent from here");
  await person.uses("button", "Attach link");
  await person.reads("Give a link that begins with https://.");
  await person.focusIs(person.the("textbox", "Link to the file"), "the field that is wrong");
  await person.examines("attaching a file, wrong");
  await person.types("Link to the file", "https://example.com/bearings.txt");
  await person.uses("button", "Attach link");
  await person.reads("The file is attached.");
  await person.focusIs(person.page.locator(".outcome"), "what came of attaching");
}
