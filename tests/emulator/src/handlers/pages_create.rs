//! Creating pages, with content from blocks, from markdown, or from a template.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::Answer;
use crate::handlers::accepted::accepted;
use crate::handlers::append::{self, Place};
use crate::identifiers::canonical;
use crate::json::Peek;
use crate::markdown::Version;
use crate::model::page::Page;
use crate::model::parent::Parent;
use crate::model::{Stamps, Workspace};
use crate::properties::write;
use crate::{references, rich_text, trash};

pub(crate) fn create(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let body = &call.body;
    let contents = ["children", "content", "markdown"].into_iter().filter(|key| body.has(key)).count();
    if contents > 1 {
        return Err(invalid("Only one of `children`, `content` and `markdown` can be given."));
    }
    if body.has("markdown_version") && !body.has("markdown") {
        return Err(invalid("`markdown_version` can be given together with `markdown` alone."));
    }
    let templated = body.at("template").text("type").is_some_and(|kind| kind != "none");
    if templated && contents > 0 {
        return Err(invalid("`children`, `content` and `markdown` can't be given together with a template."));
    }
    let parent = row_parent(call, workspace, body.at("parent"))?;
    if let Some(above) = parent.id() {
        trash::refuse_edit(workspace, above)?;
    }
    let id = workspace.mint();
    insert(workspace, call, &id, parent.clone());
    if let Parent::Page(above) = &parent {
        place(workspace, above, &id, body.at("position"))?;
    } else if body.has("position") {
        return Err(invalid("`position` is for pages below a page."));
    }
    let icon = rich_text::fill_file(workspace, body.at("icon"));
    let cover = rich_text::fill_file(workspace, body.at("cover"));
    if let Some(page) = workspace.page_mut(&id) {
        page.icon = icon;
        page.cover = cover;
    }
    if let Parent::DataSource(data_source_id) = &parent {
        write::defaults(workspace, &id, data_source_id);
    }
    write::apply(call, workspace, &id, body.at("properties"))?;
    let blocks = if body.has("children") { body.at("children") } else { body.at("content") };
    append::append(call, workspace, &id, blocks, &Place::End)?;
    if let Some(text) = body.text("markdown") {
        fill_from_markdown(call, workspace, &id, text)?;
    }
    if templated {
        apply_template(call, workspace, &id, body.at("template"))?;
    }
    if body.is_true("allow_async") && body.has("markdown") {
        return Ok(accepted(call, workspace, "POST /v1/pages", json!({"page_id": id}), &id));
    }
    let page = call.page(workspace, &id)?;
    Ok(Answer::created(page.to_json(workspace, call.filter_properties.as_deref()), &id))
}

/// A row's parent may be named by its database as long as that has one data source.
fn row_parent(call: &Call, workspace: &Workspace, parent: &Value) -> Result<Parent, Refusal> {
    match call.parent(workspace, parent)? {
        Parent::Database(id) => {
            let database = call.database(workspace, &id)?;
            match database.data_sources.as_slice() {
                [only] => Ok(Parent::DataSource(only.clone())),
                _ => Err(invalid(format!(
                    "Database with ID {id} has several data sources. Name one of them as the parent: {}.",
                    database.data_sources.join(", ")
                ))),
            }
        }
        other => Ok(other),
    }
}

/// Puts an empty page into the workspace.
pub(crate) fn insert(workspace: &mut Workspace, call: &Call, id: &str, parent: Parent) {
    let sequence = workspace.next_sequence();
    let page = Page::empty(id, sequence, Stamps::new(call.now, call.bot()), parent);
    workspace.put_page(page);
}

fn place(workspace: &mut Workspace, above: &str, id: &str, position: &Value) -> Result<(), Refusal> {
    let children = workspace.children_mut(above);
    match position.text("type") {
        Some("page_start") => children.insert(0, id.to_owned()),
        Some("after_block") => {
            let after = canonical(position.at("after_block").text("id").unwrap_or_default());
            let at = children
                .iter()
                .position(|child| *child == after)
                .ok_or_else(|| invalid(format!("Block {after} is not a child of the parent page.")))?;
            children.insert(at + 1, id.to_owned());
        }
        _ => children.push(id.to_owned()),
    }
    Ok(())
}

/// Without a title of its own, the page takes the first heading of the markdown for one.
fn fill_from_markdown(call: &Call, workspace: &mut Workspace, id: &str, text: &str) -> Result<(), Refusal> {
    let mut text = text;
    if !has_title(call.body.at("properties")) {
        let trimmed = text.trim_start();
        if let Some(rest) = trimmed.strip_prefix("# ") {
            let (title, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let title = rich_text::of(title.trim());
            if let Some(page) = workspace.page_mut(id) {
                page.values.insert("title".to_owned(), title);
            }
            text = after;
        }
    }
    let blocks = crate::markdown::blocks(Version::of(&call.body), text);
    references::check(call, workspace, &Value::from(blocks.clone()))?;
    append::append_unbounded(call, workspace, id, &blocks, &Place::End)?;
    Ok(())
}

/// Copies a template's content and values. The live API does it by a job after it answered.
pub(crate) fn apply_template(
    call: &Call,
    workspace: &mut Workspace,
    id: &str,
    template: &Value,
) -> Result<(), Refusal> {
    let page = call.page(workspace, id)?;
    let Parent::DataSource(data_source_id) = &page.parent else {
        return Err(invalid("A template needs a data source as the parent."));
    };
    let templates =
        workspace.rows(data_source_id).into_iter().filter(|row| row.is_template).collect::<Vec<_>>();
    let chosen = match template.text("type") {
        Some("template_id") => {
            let wanted = canonical(template.text("template_id").unwrap_or_default());
            templates
                .into_iter()
                .find(|row| row.id == wanted)
                .ok_or_else(|| call.missing("template", &wanted))?
        }
        _ => {
            templates.into_iter().next().ok_or_else(|| invalid("The data source has no default template."))?
        }
    };
    let copies: Vec<(String, Value)> =
        chosen.values.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    if let Some(page) = workspace.page_mut(id) {
        for (key, value) in copies {
            page.values.entry(key).or_insert(value);
        }
    }
    let content: Vec<Value> = workspace
        .live_children(&chosen.id)
        .iter()
        .filter_map(|child| append::as_request(workspace, child))
        .collect();
    append::append_unbounded(call, workspace, id, &content, &Place::End)?;
    Ok(())
}

/// The title that a request gives a page outside a data source, for the block list.
fn has_title(properties: &Value) -> bool {
    properties.as_object().into_iter().flatten().any(|(_, value)| value.is_array() || value.has("title"))
}
