// Reads everything of the gallery, so that the record has every type of block and of property, full and empty.
import { readFileSync } from "node:fs"

const url = process.env.EMULATOR_URL
const headers = {
  Authorization: `Bearer ${process.env.EMULATOR_TOKEN}`,
  "Notion-Version": "2026-03-11",
  "Content-Type": "application/json",
}
const send = async (method, path, body) => {
  const answer = await fetch(`${url}/${path}`, { method, headers, body: body && JSON.stringify(body) })
  const json = await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`)
  return json
}
const get = path => send("GET", `v1/${path}`)
const all = async read => {
  const found = []
  for (let cursor; ; ) {
    const list = await read(cursor)
    found.push(...list.results)
    if (!list.next_cursor) return found
    cursor = list.next_cursor
  }
}
const list = (path, join = "?") => all(cursor => get(cursor ? `${path}${join}start_cursor=${cursor}` : path))
const query = (source, body = {}) =>
  all(cursor => send("POST", `v1/data_sources/${source}/query`, { ...body, ...(cursor && { start_cursor: cursor }) }))

const planted = await send("POST", "_emulator/seed", { gallery: [{}] })
const ids = planted.gallery[0]

const read = async id => {
  await get(`blocks/${id}`)
  for (const child of await list(`blocks/${id}/children`)) if (child.has_children) await read(child.id)
}
for (const page of ["blocks_page", "long_page", "talk_page", "full_row", "many_row"]) {
  await read(ids[page])
  await get(`pages/${ids[page]}`)
  await get(`pages/${ids[page]}/markdown`)
}
for (const page of ["trashed_page", "below_trash_page", "untitled_page", "dressed_page", "wiki_child", "trashed_row"]) {
  await get(`pages/${ids[page]}`)
}
for (const name of ["everything", "two_sources", "wiki", "wiki_database", "trashed_database"]) {
  const database = await get(`databases/${ids[name]}`)
  for (const source of database.data_sources) {
    await get(`data_sources/${source.id}`)
    await get(`data_sources/${source.id}/templates`)
    await query(source.id)
  }
}
await query(ids.everything_source, { in_trash: true })
for (const row of await query(ids.everything_source)) {
  for (const property of Object.values(row.properties)) await get(`pages/${row.id}/properties/${property.id}`)
}
for (const view of await list(`views?database_id=${ids.everything}`, "&")) await get(`views/${view.id}`)
await get(`views/${ids.widget_view}`)
await list("users")
await list("custom_emojis")
await list(`comments?block_id=${ids.talk_page}`, "&")
await list(`comments?block_id=${ids.talked_block}`, "&")
await list("file_uploads")
const root = readFileSync(process.env.EMULATOR_IDS, "utf8").match(/^root_page=(.*)$/m)[1]
const body = { mode: "external_url", external_url: "https://unreachable.example/a.png", filename: "a.png" }
const upload = await send("POST", "v1/file_uploads", body)
await get(`file_uploads/${upload.id}`)
await get(`file_uploads/${upload.id}`)
const words = { rich_text: [{ text: { content: "new" } }] }
const updates = {
  paragraph: words, heading_1: words, heading_2: words, heading_4: words, bulleted_list_item: words,
  numbered_list_item: words, to_do: { checked: false }, toggle: words, quote: words, callout: { color: "red" },
  code: { language: "go" }, equation: { expression: "b" }, template: words, bookmark: { url: "https://example.com/new" },
  embed: { caption: words.rich_text }, image: { external: { url: "https://example.com/new.png" } },
  file: { name: "new.zip" }, table: { has_row_header: false }, table_of_contents: { color: "blue" },
  link_to_page: { page_id: root }, divider: {}, breadcrumb: {}, tab: {},
}
const blocks = await list(`blocks/${ids.blocks_page}/children`)
for (const [kind, content] of Object.entries(updates)) {
  const block = blocks.find(each => each.type === kind)
  await send("PATCH", `v1/blocks/${block.id}`, { [kind]: content })
}
