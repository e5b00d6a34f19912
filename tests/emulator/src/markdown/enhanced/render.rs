//! Blocks to enhanced markdown. A block without a form in it becomes `<unknown …/>`, and its id is reported.

use crate::json::Peek;
use crate::markdown::icon::{icon_text, source_of};
use crate::markdown::{Rendered, Version, inline, tag};
use crate::model::Workspace;
use crate::model::page::url_of;
use crate::rich_text::plain;

pub(crate) fn page(workspace: &Workspace, id: &str) -> Rendered {
    let mut rendered = Rendered { markdown: String::new(), unknown_block_ids: Vec::new() };
    let roots =
        if workspace.blocks.contains_key(id) { vec![id.to_owned()] } else { workspace.live_children(id) };
    for (position, child) in roots.iter().enumerate() {
        if position > 0 {
            rendered.markdown.push('\n');
        }
        let number = numbering(workspace, &roots, position);
        write(workspace, child, 0, number, &mut rendered);
    }
    rendered
}

/// One child alone, as [`page`] would write it.
pub(crate) fn one(workspace: &Workspace, id: &str) -> String {
    let mut rendered = Rendered { markdown: String::new(), unknown_block_ids: Vec::new() };
    write(workspace, id, 0, 1, &mut rendered);
    rendered.markdown
}

fn numbering(workspace: &Workspace, siblings: &[String], position: usize) -> usize {
    siblings
        .get(..position)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(|id| workspace.blocks.get(id).is_some_and(|block| block.kind == "numbered_list_item"))
        .count()
        + 1
}

fn write(workspace: &Workspace, id: &str, depth: usize, number: usize, rendered: &mut Rendered) {
    let indent = "\t".repeat(depth);
    if let Some(page) = workspace.pages.get(id) {
        let line = format!("{indent}<page url=\"{}\">{}</page>", url_of(id), page.plain_title());
        rendered.markdown.push_str(&line);
        return;
    }
    if let Some(database) = workspace.databases.get(id) {
        let line = format!(
            "{indent}<database url=\"{}\" inline=\"{}\"{}>{}</database>",
            url_of(id),
            database.is_inline,
            icon_text(&database.icon).map(|icon| format!(" icon=\"{icon}\"")).unwrap_or_default(),
            plain(&database.title)
        );
        rendered.markdown.push_str(&line);
        return;
    }
    let Some(block) = workspace.blocks.get(id) else { return };
    let content = &block.content;
    let text =
        format!("{}{}", inline::render(Version::Enhanced, content.at("rich_text")), tag::list_of(content));
    let caption = || inline::render(Version::Enhanced, content.at("caption"));
    let color = || {
        let color = content.text("color").filter(|color| *color != "default");
        color.map(|color| format!(" color=\"{}\"", tag::short_color(color))).unwrap_or_default()
    };
    let mut children = workspace.live_children(id);
    let line = match block.kind.as_str() {
        "paragraph" if text.is_empty() && children.is_empty() => "<empty-block/>".to_owned(),
        "paragraph" => text,
        "heading_1" => format!("# {text}"),
        "heading_2" => format!("## {text}"),
        "heading_3" => format!("### {text}"),
        "heading_4" => format!("#### {text}"),
        "bulleted_list_item" => format!("- {text}"),
        "numbered_list_item" => format!("{number}. {text}"),
        "to_do" => format!("- [{}] {text}", if content.is_true("checked") { "x" } else { " " }),
        "quote" => format!("> {text}"),
        "divider" => "---".to_owned(),
        "equation" => format!("$$\n{indent}{}\n{indent}$$", content.text("expression").unwrap_or_default()),
        "code" => {
            let code = plain(content.at("rich_text")).replace('\n', &format!("\n{indent}"));
            let language = content.text("language").unwrap_or_default();
            format!(
                "```{}\n{indent}{code}\n{indent}```",
                if language == "plain text" { "" } else { language }
            )
        }
        "image" => format!("![{}]({})", caption(), source_of(content)),
        kind @ ("audio" | "video" | "file" | "pdf") => {
            format!("<{kind} src=\"{}\">{}</{kind}>", source_of(content), caption())
        }
        "table_of_contents" => format!("<table_of_contents{}/>", color()),
        "synced_block" => {
            let from = content.at("synced_from").text("block_id").map(str::to_owned);
            let name = if from.is_some() { "synced_block_reference" } else { "synced_block" };
            let url = url_of(&from.unwrap_or_else(|| id.to_owned()));
            let inner = children_text(workspace, &workspace.shown_children(id), depth + 1, rendered);
            children.clear();
            format!("<{name} url=\"{url}\">{inner}\n{indent}</{name}>")
        }
        "callout" => {
            let icon =
                icon_text(content.at("icon")).map(|icon| format!(" icon=\"{icon}\"")).unwrap_or_default();
            let inner = children_text(workspace, &children, depth + 1, rendered);
            children.clear();
            let text = inline::render(Version::Enhanced, content.at("rich_text"));
            format!("<callout{icon}{}>\n{indent}\t{text}{inner}\n{indent}</callout>", color())
        }
        "toggle" => {
            let inner = children_text(workspace, &children, depth + 1, rendered);
            children.clear();
            let text = inline::render(Version::Enhanced, content.at("rich_text"));
            format!("<details{}>\n{indent}<summary>{text}</summary>{inner}\n{indent}</details>", color())
        }
        "table" => {
            let rows = table_rows(workspace, &children, &indent);
            children.clear();
            let row = if content.is_true("has_column_header") { " header-row=\"true\"" } else { "" };
            let column = if content.is_true("has_row_header") { " header-column=\"true\"" } else { "" };
            format!("<table{row}{column}>\n{rows}{indent}</table>")
        }
        "column_list" => {
            let inner = children_text(workspace, &children, depth + 1, rendered);
            children.clear();
            format!("<columns>{inner}\n{indent}</columns>")
        }
        "column" => {
            let inner = children_text(workspace, &children, depth + 1, rendered);
            children.clear();
            format!("<column>{inner}\n{indent}</column>")
        }
        kind => {
            rendered.unknown_block_ids.push(id.to_owned());
            children.clear();
            format!("<unknown url=\"{}\" alt=\"{kind}\"/>", url_of(id))
        }
    };
    rendered.markdown.push_str(&indent);
    rendered.markdown.push_str(&line);
    let below = children_text(workspace, &children, depth + 1, rendered);
    rendered.markdown.push_str(&below);
}

fn children_text(
    workspace: &Workspace,
    children: &[String],
    depth: usize,
    rendered: &mut Rendered,
) -> String {
    let mut inner = Rendered { markdown: String::new(), unknown_block_ids: Vec::new() };
    for (position, child) in children.iter().enumerate() {
        inner.markdown.push('\n');
        let number = numbering(workspace, children, position);
        write(workspace, child, depth, number, &mut inner);
    }
    rendered.unknown_block_ids.append(&mut inner.unknown_block_ids);
    inner.markdown
}

fn table_rows(workspace: &Workspace, rows: &[String], indent: &str) -> String {
    rows.iter()
        .filter_map(|row| workspace.blocks.get(row))
        .map(|row| {
            let cells: String = row
                .content
                .items("cells")
                .iter()
                .map(|cell| format!("<td>{}</td>", inline::render_cell(Version::Enhanced, cell)))
                .collect();
            format!("{indent}\t<tr>{cells}</tr>\n")
        })
        .collect()
}
