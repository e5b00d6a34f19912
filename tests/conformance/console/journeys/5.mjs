// A chat with the tools of all sources: calls as they happen, a question before what destroys, stopping, and one's own history.
import { expect, until } from "../kit/report.mjs";

export const title = "a chat that asks before it destroys";

export async function walk({ person, world }) {
  await world.workspace();
  await world.grantAll();
  const { token } = await world.token("Reader of the chat's journey", "--strongest", "reads");
  await world.serve("everything", world.everything);
  const page = world.ids.tasks[5];
  const isTrashed = async () => (await world.ask(token, "/v1/tools/get_page", { page_id: page, detail: "full" })).result.in_trash === true;

  await person.signsInAsOperator();
  await person.goesTo("Chat", "New conversation");
  await person.examines("Chat, empty");
  await person.types("Message", "find Tasks");
  await person.press("Enter");
  await person.reads("I found this:");
  await person.focusIs(person.the("textbox", "Message"), "where the next message is written");
  await person.uses("summary", /search/, { back: true });
  await person.reads("What the tool answered");
  await person.examines("Chat, a call unfolded");

  await person.types("Message", `trash ${page}`);
  await person.press("Enter");
  const question = person.the("heading", "May the model do this?");
  await question.waitFor();
  await person.focusIs(question, "the question");
  await person.reads("With exactly these arguments");
  await person.reads(page);
  await person.examines("Chat, a question");
  await person.uses("button", /^Don't/);
  await question.waitFor({ state: "detached" });
  await person.reads("It stays where it is.");
  await person.focusIs(person.the("textbox", "Message"), "where the next message is written");
  expect(!await isTrashed(), "what was declined was done");

  await person.types("Message", `trash ${page}`);
  await person.press("Enter");
  await question.waitFor();
  await person.uses("button", /^Do it/);
  await person.reads("It is in the trash.");
  expect(await isTrashed(), "what was approved wasn't done");

  // A tool of another source.
  await person.types("Message", "sum 40 and 2");
  await person.press("Enter");
  await question.waitFor();
  await person.reads("everything");
  await person.uses("button", /^Do it/);
  await person.reads("The sum is 42.");

  await person.types("Message", "say it slowly");
  await person.press("Enter");
  await person.reads("word3");
  await person.uses("button", /^Stop/);
  await person.reads("Stopped.");
  await until("the field is free again", async () => (await person.the("button", "Send").count()) > 0);
  await person.examines("Chat, stopped");

  const own = person.page.url();
  await person.opens("/console/chat");
  await person.sees("heading", "New conversation");
  if (person.isNarrow) {
    await person.uses("summary", "Conversations");
  }
  await person.uses("link", /find Tasks/);
  await person.arrives(/find Tasks/);
  expect(person.page.url().split("?")[0] === own.split("?")[0], `the conversation is at ${person.page.url()}, and was at ${own}`);
  await person.reads("The sum is 42.");
  await person.examines("Chat, a conversation of before");
  if (person.isNarrow) {
    await person.uses("summary", "Conversations", { back: true });
  }
  await person.uses("button", /^Remove: find Tasks/, { back: !person.isNarrow });
  await person.sees("dialog", "Remove the conversation?");
  await person.uses("button", "Remove", { within: person.dialog });
  await person.arrives("New conversation");
  return "searched, declined, approved, summed at another server, stopped, found again, removed";
}
