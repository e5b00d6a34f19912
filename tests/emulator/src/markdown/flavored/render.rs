//! Blocks to notion-flavored markdown. A block without a form in it becomes `<unknown …/>`, and its id is reported.

use crate::json::Peek;
use crate::markdown::flavored::lines::{self, Item, ItemKind, Start};
use crate::markdown::icon::{icon_text, source_of};
use crate::markdown::{Rendered, Version, inline, table, tag};
use crate::model::Workspace;
use crate::model::block::Block;
use crate::model::page::url_of;
use crate::rich_text::plain;

pub(crate) fn page(workspace: &Workspace, id: &str) -> Rendered {
    let roots =
        if workspace.blocks.contains_key(id) { vec![id.to_owned()] } else { workspace.live_children(id) };
    let mut writer = Writer { workspace, unknown: Vec::new() };
    let markdown = writer.siblings(&roots);
    Rendered { markdown, unknown_block_ids: writer.unknown }
}

/// One child alone, as [`page`] would write it.
pub(crate) fn one(workspace: &Workspace, id: &str) -> String {
    Writer { workspace, unknown: Vec::new() }.siblings(&[id.to_owned()])
}

struct Writer<'a> {
    workspace: &'a Workspace,
    unknown: Vec<String>,
}

/// The kinds that stand in one list: tasks are bulleted.
fn list_of(block: &Block) -> Option<&'static str> {
    match block.kind.as_str() {
        "bulleted_list_item" | "to_do" => Some("bulleted"),
        "numbered_list_item" => Some("numbered"),
        _ => None,
    }
}

impl Writer<'_> {
    fn siblings(&mut self, ids: &[String]) -> String {
        let mut out = String::new();
        let mut list_above: Option<&'static str> = None;
        let mut number = 0;
        for id in ids {
            let block = self.workspace.blocks.get(id);
            number =
                if block.is_some_and(|block| block.kind == "numbered_list_item") { number + 1 } else { 0 };
            let list = block.filter(|block| self.is_signed(block)).and_then(|block| list_of(block));
            if !out.is_empty() {
                out.push_str(if list.is_some() && list == list_above { "\n" } else { "\n\n" });
            }
            out.push_str(&self.one(id, number));
            list_above = list;
        }
        out
    }

    /// Whether an item is written with its sign: nothing about it wants a tag, and all below it are such items.
    fn is_signed(&self, block: &Block) -> bool {
        list_of(block).is_some()
            && is_plain(block)
            && self
                .workspace
                .live_children(&block.id)
                .iter()
                .all(|child| self.workspace.blocks.get(child).is_some_and(|child| self.is_signed(child)))
    }

    fn one(&mut self, id: &str, number: usize) -> String {
        if let Some(page) = self.workspace.pages.get(id) {
            return format!("<page url=\"{}\">{}</page>", url_of(id), page.plain_title());
        }
        if let Some(database) = self.workspace.databases.get(id) {
            let source =
                database.data_sources.first().map(|id| format!(" data-source-url=\"collection://{id}\""));
            return format!(
                "<database url=\"{}\"{} inline=\"{}\"{}>{}</database>",
                url_of(id),
                source.unwrap_or_default(),
                database.is_inline,
                attribute("icon", icon_text(&database.icon)),
                plain(&database.title)
            );
        }
        match self.workspace.blocks.get(id).cloned() {
            Some(block) => self.block(&block, number),
            None => String::new(),
        }
    }

    fn block(&mut self, block: &Block, number: usize) -> String {
        let content = &block.content;
        let children = self.workspace.live_children(&block.id);
        let is_bare = children.is_empty() && is_plain(block);
        let text = text_of(content);
        let color = attribute("color", color_of(content).as_deref());
        match block.kind.as_str() {
            "paragraph" if is_bare && text.is_empty() => "<p />".to_owned(),
            "paragraph" if is_bare => guarded(&text),
            "paragraph" => self.titled("p", &color, &text, &children),
            "heading_1" | "heading_2" | "heading_3" | "heading_4" => {
                self.heading(block, is_bare, &text, &color, &children)
            }
            "bulleted_list_item" | "numbered_list_item" | "to_do" => self.item(block, number),
            "quote" if is_bare => format!("> {}", guarded(&text).replace('\n', "\n> ")),
            "quote" => self.titled("quote", &color, &text, &children),
            "toggle" => self.titled("toggle", &color, &text, &children),
            "callout" => {
                let icon = attribute("icon", icon_text(content.at("icon")));
                self.titled("callout", &format!("{icon}{color}"), &text, &children)
            }
            "divider" => "---".to_owned(),
            "equation" => format!("$$\n{}\n$$", content.text("expression").unwrap_or_default()),
            "code" => code(content),
            "image" => image(content),
            kind @ ("video" | "audio" | "file" | "pdf") => {
                media(kind, source_of(content), &inline::render(Version::Flavored, content.at("caption")))
            }
            kind @ ("bookmark" | "embed") => {
                let url = content.text("url").unwrap_or_default();
                media(kind, url, &inline::render(Version::Flavored, content.at("caption")))
            }
            "table_of_contents" => format!("<table-of-contents{color} />"),
            "synced_block" => {
                let from = content.at("synced_from").text("block_id");
                let name = if from.is_some() { "synced-block-reference" } else { "synced-block" };
                let url = attribute("url", Some(&url_of(from.unwrap_or(&block.id))));
                let inner = self.siblings(&self.workspace.shown_children(&block.id));
                element(name, &url, &inner)
            }
            "table" => self.table(content, &children),
            "column_list" => {
                let inner: Vec<String> = children.iter().map(|child| self.one(child, 0)).collect();
                element("columns", "", &inner.join("\n"))
            }
            "column" => {
                let ratio = content.at("width_ratio").as_f64().map(|ratio| (ratio * 100.0).to_string());
                let inner = self.siblings(&children);
                element("column", &attribute("ratio", ratio.as_deref()), &inner)
            }
            "tab" => {
                let tabs: Vec<String> = children.iter().map(|child| self.tab(child)).collect();
                element("tabs", "", &tabs.join("\n"))
            }
            kind => {
                self.unknown.push(block.id.clone());
                format!("<unknown url=\"{}\" alt=\"{kind}\"/>", url_of(&block.id))
            }
        }
    }

    /// A block as a tag: its text behind the opening tag, its children after a blank line.
    fn titled(&mut self, name: &str, attributes: &str, text: &str, children: &[String]) -> String {
        if children.is_empty() && text.is_empty() && name == "p" {
            return format!("<p{attributes} />");
        }
        let mut inner = guarded(text);
        if !children.is_empty() {
            if inner.is_empty() {
                inner.push_str("<p />");
            }
            inner.push_str("\n\n");
            inner.push_str(&self.siblings(children));
        }
        element(name, attributes, &inner)
    }

    fn heading(
        &mut self,
        block: &Block,
        is_bare: bool,
        text: &str,
        color: &str,
        children: &[String],
    ) -> String {
        let level = block.kind.trim_start_matches("heading_");
        if block.content.is_true("is_toggleable") {
            return self.titled("toggle", &format!(" heading=\"h{level}\"{color}"), text, children);
        }
        if !is_bare || text.contains('\n') {
            return self.titled(&format!("h{level}"), color, text, children);
        }
        let signs = "#".repeat(level.parse().unwrap_or(1));
        // Signs at the end would be taken for the heading's own.
        match text.strip_suffix('#') {
            Some(before) => format!("{signs} {before}\\#"),
            None => format!("{signs} {text}"),
        }
    }

    fn item(&mut self, block: &Block, number: usize) -> String {
        let content = &block.content;
        let children = self.workspace.live_children(&block.id);
        let text = text_of(content);
        let color = attribute("color", color_of(content).as_deref());
        let checked = content.is_true("checked");
        if self.is_signed(block) {
            let sign = match block.kind.as_str() {
                "numbered_list_item" => format!("{number}."),
                "to_do" => format!("- [{}]", if checked { "x" } else { " " }),
                _ => "-".to_owned(),
            };
            let mut out = format!("{sign} {}", guarded(&text).replace('\n', "\n\t"));
            if !children.is_empty() {
                let below = self.siblings(&children);
                out.push_str("\n\t");
                out.push_str(&below.replace('\n', "\n\t").replace("\n\t\n", "\n\n"));
            }
            return out;
        }
        match block.kind.as_str() {
            "to_do" => self.titled("todo", &format!(" checked=\"{checked}\"{color}"), &text, &children),
            kind => {
                let list = if kind == "numbered_list_item" { "ol" } else { "ul" };
                let item = self.titled("li", &color, &text, &children);
                element(list, "", &item)
            }
        }
    }

    fn tab(&mut self, id: &str) -> String {
        let Some(block) = self.workspace.blocks.get(id).cloned() else { return String::new() };
        let children = self.workspace.live_children(id);
        let icon = attribute("icon", icon_text(block.content.at("icon")));
        self.titled("tab", &icon, &text_of(&block.content), &children)
    }

    fn table(&self, content: &serde_json::Value, rows: &[String]) -> String {
        let cells: Vec<Vec<String>> = rows
            .iter()
            .filter_map(|row| self.workspace.blocks.get(row))
            .map(|row| {
                let cells = row.content.items("cells").iter();
                cells.map(|cell| inline::render_cell(Version::Flavored, cell)).collect()
            })
            .collect();
        let [row, column] = ["has_column_header", "has_row_header"].map(|key| content.is_true(key));
        table::written(&cells, row, column)
    }
}

fn text_of(content: &serde_json::Value) -> String {
    inline::render(Version::Flavored, content.at("rich_text"))
}

fn color_of(content: &serde_json::Value) -> Option<String> {
    content.text("color").filter(|color| *color != "default").map(tag::short_color)
}

/// Whether nothing about a block's own text wants a tag: no color, no blanks at its ends.
fn is_plain(block: &Block) -> bool {
    let text = plain(block.content.at("rich_text"));
    color_of(&block.content).is_none() && text.trim() == text
}

fn attribute(name: &str, value: Option<&str>) -> String {
    value.map(|value| format!(" {name}=\"{}\"", value.replace('"', "%22"))).unwrap_or_default()
}

fn element(name: &str, attributes: &str, inner: &str) -> String {
    if inner.is_empty() {
        format!("<{name}{attributes}>\n</{name}>")
    } else {
        format!("<{name}{attributes}>\n{inner}\n</{name}>")
    }
}

/// A text whose lines begin nothing else.
fn guarded(text: &str) -> String {
    let guard = |line: &str| match lines::start(line) {
        Start::Item(Item { kind: ItemKind::Numbered, .. }) => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = line.split_at_checked(digits).unwrap_or((line, ""));
            format!("{number}\\{rest}")
        }
        Start::Heading(..) | Start::Divider | Start::Quote | Start::Item(_) => format!("\\{line}"),
        _ if table::divides(line) => format!("\\{line}"),
        _ => line.to_owned(),
    };
    text.split('\n').map(guard).collect::<Vec<String>>().join("\n")
}

fn code(content: &serde_json::Value) -> String {
    let text = plain(content.at("rich_text"));
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let language = content.text("language").filter(|language| *language != "plain text").unwrap_or_default();
    format!("{fence}{language}\n{text}\n{fence}")
}

fn image(content: &serde_json::Value) -> String {
    let caption = inline::render(Version::Flavored, content.at("caption"));
    let url = source_of(content);
    if caption.contains('\n') || url.contains(['(', ')', ' ']) {
        return media("image", url, &caption);
    }
    format!("![{caption}]({url})")
}

fn media(kind: &str, url: &str, caption: &str) -> String {
    format!("<{kind}{}>{caption}</{kind}>", attribute("source", Some(url)))
}
