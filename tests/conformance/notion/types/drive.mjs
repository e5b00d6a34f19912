// Drives every operation with the official client. What the client has no method for goes through `request`.
import { Client, APIResponseError, LogLevel } from "@notionhq/client"
import { readFileSync } from "node:fs"

const ids = Object.fromEntries(
  readFileSync(process.env.EMULATOR_IDS, "utf8").split("\n").filter(line => line.includes("=")).map(line => line.split("=", 2)),
)
const notion = new Client({
  auth: process.env.EMULATOR_TOKEN,
  baseUrl: process.env.EMULATOR_URL,
  notionVersion: "2026-03-11",
  logLevel: LogLevel.ERROR,
})
const send = (method, path, body, query) => notion.request({ method: method.toLowerCase(), path, body, query })
const text = content => [{ text: { content } }]

// Users.
await notion.users.list({ page_size: 1 })
await notion.users.me({})
await notion.users.retrieve({ user_id: ids.ada })

// Pages with every kind of value.
const page = await notion.pages.create({
  parent: { data_source_id: ids.tasks_data_source },
  icon: { type: "emoji", emoji: "🛠" },
  cover: { type: "external", external: { url: "https://example.com/cover.png" } },
  properties: {
    Name: { title: [{ text: { content: "Everything", link: { url: "https://example.com" } }, annotations: { bold: true } }] },
    Status: { status: { name: "In progress" } },
    Priority: { select: { name: "Urgent" } },
    Tags: { multi_select: [{ name: "design" }, { name: "new tag" }] },
    Due: { date: { start: "2026-05-01T09:00:00+02:00", end: "2026-05-01T10:00:00+02:00" } },
    Estimate: { number: 2.5 },
    Done: { checkbox: true },
    Owner: { people: [{ id: ids.ada }] },
    Link: { url: "https://example.com/x" },
    Email: { email: "ada@example.com" },
    Phone: { phone_number: "+44 20 0000 0000" },
    Notes: {
      rich_text: [
        { mention: { user: { id: ids.ada } } },
        { mention: { page: { id: ids.root_page } } },
        { mention: { date: { start: "2026-05-01" } } },
        { equation: { expression: "e=mc^2" } },
      ],
    },
    Project: { relation: [{ id: ids.projects.split(",")[0] }] },
  },
  children: [{ paragraph: { rich_text: text("content") } }],
})
await notion.pages.retrieve({ page_id: page.id })
await notion.pages.retrieve({ page_id: page.id, filter_properties: ["title"] })
await notion.pages.retrieve({ page_id: ids.root_page })
for (const property of Object.values(page.properties)) {
  await notion.pages.properties.retrieve({ page_id: page.id, property_id: property.id })
}
const project = await notion.pages.retrieve({ page_id: ids.projects.split(",")[0] })
for (const property of Object.values(project.properties)) {
  await notion.pages.properties.retrieve({ page_id: project.id, property_id: property.id })
}
await notion.pages.update({ page_id: page.id, icon: null, properties: { Due: { date: null }, Priority: { select: null } } })
await notion.pages.update({ page_id: page.id, is_locked: true })
await notion.pages.update({ page_id: page.id, in_trash: true })
await notion.pages.update({ page_id: page.id, in_trash: false })
const child = await notion.pages.create({
  parent: { page_id: ids.root_page },
  properties: { title: [{ text: { content: "Shorthand" } }] },
})
const other = await notion.pages.create({ parent: { page_id: ids.root_page }, markdown: "# Titled\n\nBody **bold**\n- item" })
await send("POST", `pages/${child.id}/move`, { parent: { page_id: other.id } })
await send("POST", "pages", { parent: { data_source_id: ids.tasks_data_source }, template: { type: "default" } })

// Markdown.
await send("GET", `pages/${other.id}/markdown`)
await send("PATCH", `pages/${other.id}/markdown`, {
  type: "update_content",
  update_content: { content_updates: [{ old_str: "Body", new_str: "Text" }] },
})
await send("PATCH", `pages/${other.id}/markdown`, { type: "insert_content", insert_content: { content: "End" } })
const task = await send("PATCH", `pages/${other.id}/markdown`, {
  type: "replace_content",
  replace_content: { new_str: "New\n\n> quote", allow_deleting_content: true },
  allow_async: true,
})
await send("GET", `async_tasks/${task.id}`)

// Blocks of every kind.
const rich = text("words")
const blocks = [
  { paragraph: { rich_text: rich, color: "red" } },
  { heading_1: { rich_text: rich } }, { heading_2: { rich_text: rich } }, { heading_3: { rich_text: rich } },
  { heading_4: { rich_text: rich, is_toggleable: true, children: [{ divider: {} }] } },
  { bulleted_list_item: { rich_text: rich, children: [{ numbered_list_item: { rich_text: rich } }] } },
  { numbered_list_item: { rich_text: rich } }, { to_do: { rich_text: rich, checked: true } },
  { toggle: { rich_text: rich } }, { quote: { rich_text: rich } },
  { callout: { rich_text: rich, icon: { emoji: "💡" } } },
  { code: { rich_text: rich, language: "rust" } }, { equation: { expression: "a" } }, { divider: {} },
  { breadcrumb: {} }, { table_of_contents: {} }, { bookmark: { url: "https://example.com" } },
  { embed: { url: "https://example.com" } }, { image: { external: { url: "https://example.com/a.png" } } },
  { video: { external: { url: "https://example.com/a.mp4" } } }, { pdf: { external: { url: "https://example.com/a.pdf" } } },
  { audio: { external: { url: "https://example.com/a.mp3" } } },
  { file: { external: { url: "https://example.com/a.zip" }, name: "a.zip" } },
  { link_to_page: { page_id: ids.root_page } }, { synced_block: { synced_from: null } }, { tab: { children: [{ paragraph: { rich_text: rich } }] } },
  { table: { table_width: 2, children: [{ table_row: { cells: [text("a"), text("b")] } }] } },
  { column_list: { children: [1, 2].map(() => ({ column: { children: [{ paragraph: { rich_text: rich } }] } })) } },
]
const appended = await notion.blocks.children.append({ block_id: page.id, children: blocks })
const first = appended.results[0]
await send("PATCH", `blocks/${page.id}/children`, {
  children: [{ paragraph: { rich_text: rich } }],
  position: { type: "after_block", after_block: { id: first.id } },
})
for (const block of appended.results) await notion.blocks.retrieve({ block_id: block.id })
await notion.blocks.children.list({ block_id: page.id })
await notion.blocks.children.list({ block_id: ids.root_page, page_size: 2 })
await notion.blocks.update({ block_id: first.id, paragraph: { rich_text: text("changed") } })
await notion.blocks.delete({ block_id: first.id })
await send("POST", "blocks/meeting_notes/query", {})

// Databases, data sources, views.
const database = await notion.databases.create({
  parent: { type: "page_id", page_id: other.id },
  title: text("Made"),
  initial_data_source: {
    properties: {
      Name: { title: {} }, Text: { rich_text: {} }, Amount: { number: { format: "dollar" } },
      Kind: { select: { options: [{ name: "a", color: "red" }] } }, Kinds: { multi_select: { options: [{ name: "b" }] } },
      State: { status: {} }, When: { date: {} }, Who: { people: {} }, Files: { files: {} }, Flag: { checkbox: {} },
      Site: { url: {} }, Mail: { email: {} }, Tel: { phone_number: {} }, Number: { unique_id: { prefix: "N" } },
      Twice: { formula: { expression: 'prop("Amount")' } },
      Made: { created_time: {} }, Maker: { created_by: {} }, Edited: { last_edited_time: {} }, Editor: { last_edited_by: {} },
      Task: { relation: { data_source_id: ids.tasks_data_source, single_property: {} } },
    },
  },
})
const source = database.data_sources[0].id
await notion.databases.retrieve({ database_id: database.id })
await notion.databases.update({ database_id: database.id, title: text("Renamed"), is_inline: true })
await notion.dataSources.retrieve({ data_source_id: source })
await notion.dataSources.retrieve({ data_source_id: ids.projects_data_source })
await notion.dataSources.update({
  data_source_id: source,
  properties: {
    Count: { rollup: { relation_property_name: "Task", rollup_property_name: "Name", function: "count" } },
    Text: { name: "Words" }, Mail: null,
    State: { status: { options: [{ name: "Not started" }, { name: "Blocked" }] } },
  },
})
await notion.dataSources.create({ parent: { type: "database_id", database_id: database.id }, properties: { Name: { title: {} } } })
const row = await notion.pages.create({
  parent: { data_source_id: source },
  properties: { Name: { title: text("row") }, Amount: { number: 3 }, Task: { relation: [{ id: page.id }] } },
})
await notion.pages.retrieve({ page_id: row.id })
await notion.dataSources.query({ data_source_id: source })
await send("GET", `data_sources/${ids.tasks_data_source}/templates`)
const filters = [
  { property: "Name", title: { contains: "e" } }, { property: "Estimate", number: { greater_than: 1 } },
  { property: "Done", checkbox: { equals: true } }, { property: "Priority", select: { equals: "High" } },
  { property: "Tags", multi_select: { contains: "design" } }, { property: "Status", status: { does_not_equal: "Done" } },
  { property: "Due", date: { on_or_after: "2026-02-01" } }, { property: "Due", date: { next_year: {} } },
  { property: "Owner", people: { contains: ids.ada } }, { property: "Link", url: { is_not_empty: true } },
  { property: "Project", relation: { contains: ids.projects.split(",")[0] } },
  { property: "ID", unique_id: { less_than: 3 } }, { timestamp: "created_time", created_time: { past_week: {} } },
  { and: [{ property: "Done", checkbox: { equals: false } }, { or: [{ property: "Name", title: { starts_with: "W" } }] }] },
]
for (const filter of filters) {
  const sorts = [{ property: "Estimate", direction: "descending" }, { timestamp: "created_time", direction: "ascending" }]
  await notion.dataSources.query({ data_source_id: ids.tasks_data_source, filter, sorts, page_size: 2 })
}
const view = await send("POST", "views", {
  database_id: ids.tasks_database, data_source_id: ids.tasks_data_source, name: "Open", type: "table",
  filter: { property: "Done", checkbox: { equals: false } }, sorts: [{ property: "Estimate", direction: "ascending" }],
})
await send("GET", "views", undefined, { database_id: ids.tasks_database })
await send("GET", `views/${view.id}`)
await send("PATCH", `views/${view.id}`, { name: "Still open" })
const result = await send("POST", `views/${view.id}/queries`, { page_size: 1 })
await send("GET", `views/${view.id}/queries/${result.id}`)
await send("DELETE", `views/${view.id}/queries/${result.id}`)
await send("DELETE", `views/${view.id}`)

// Search, comments, files, emojis.
await notion.search({ query: "task", filter: { property: "object", value: "data_source" } })
await notion.search({ sort: { timestamp: "last_edited_time", direction: "ascending" }, page_size: 3 })
const comment = await notion.comments.create({ parent: { page_id: page.id }, rich_text: text("First") })
await notion.comments.create({ discussion_id: comment.discussion_id, rich_text: text("Second") })
await send("POST", "comments", { parent: { block_id: appended.results[1].id }, markdown: "**On** a block" })
await notion.comments.list({ block_id: page.id })
await notion.comments.retrieve({ comment_id: comment.id })
await send("PATCH", `comments/${comment.id}`, { rich_text: text("Changed") })
await send("DELETE", `comments/${comment.id}`)
const upload = await notion.fileUploads.create({ mode: "single_part", filename: "a.txt" })
await notion.fileUploads.send({ file_upload_id: upload.id, file: { filename: "a.txt", data: new Blob(["hello"]) } })
await notion.fileUploads.retrieve({ file_upload_id: upload.id })
const parts = await notion.fileUploads.create({ mode: "multi_part", filename: "b.txt", number_of_parts: 1 })
await notion.fileUploads.send({ file_upload_id: parts.id, file: { filename: "b.txt", data: new Blob(["hello"]) }, part_number: "1" })
await notion.fileUploads.complete({ file_upload_id: parts.id })
await notion.fileUploads.list({})
await send("GET", "custom_emojis")

// Refusals have the envelope that the client knows.
const refused = async promise => {
  try {
    await promise
  } catch (error) {
    if (error instanceof APIResponseError) return
    throw error
  }
  throw new Error("was not refused")
}
await refused(notion.pages.retrieve({ page_id: "00000000-0000-4000-8000-000000000000" }))
await refused(send("POST", "pages", { parent: {}, nothing: 1 }))
await refused(send("GET", "nowhere"))
