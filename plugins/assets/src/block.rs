//! A file or link as a block at the end of a page or block.

use toolbay_sdk::notion::{ARRAY_LIMIT, NotionId, markdown};
use toolbay_sdk::prelude::*;

use crate::kind::Kind;
use crate::outcome::unknown;
use crate::source::Source;
use crate::upload::{self, Upload};

/// A caption as rich text.
pub(crate) fn caption(text: Option<&str>) -> Result<Vec<Value>, Problem> {
    let elements = markdown::to_rich_text(text.unwrap_or_default().trim());
    if elements.len() > ARRAY_LIMIT {
        return Err(Problem::limit_exceeded("The caption is too long.")
            .hint("Put the text into the page's content, with `append_blocks`."));
    }
    Ok(elements)
}

/// Appends it.
pub(crate) fn append(
    call: &Call,
    parent_id: NotionId,
    source: &Source,
    kind: Option<Kind>,
    name: Option<&str>,
    caption: Vec<Value>,
) -> Result<Value, Problem> {
    let (kind, mut content) = match source {
        Source::External(link) => {
            let by_ending = || link.file_name().as_deref().and_then(Kind::of_name).unwrap_or(Kind::Bookmark);
            let kind = kind.unwrap_or_else(by_ending);
            let url = link.as_str();
            let content = if kind.is_link() {
                json!({ "url": url })
            } else {
                json!({ "type": "external", "external": { "url": url } })
            };
            (kind, content)
        }
        Source::Import(_) | Source::Upload(_) if kind.is_some_and(Kind::is_link) => {
            return Err(Problem::invalid_input(
                "A bookmark or embed shows a link, not a file that Notion hosts.",
            )
            .hint("Choose another `kind`, or give the link without `import`."));
        }
        Source::Import(link) => hosted(kind, upload::import(call, link, name)?),
        Source::Upload(id) => hosted(kind, upload::existing(call, *id)?),
    };
    // A file that Notion fetches is called so in any case.
    let is_name_used = name.is_none() || kind == Kind::File || matches!(source, Source::Import(_));
    if let Some(content) = content.as_object_mut() {
        if let Some(name) = name.filter(|_| kind == Kind::File) {
            content.insert("name".to_owned(), name.into());
        }
        if !caption.is_empty() {
            content.insert("caption".to_owned(), caption.into());
        }
    }
    let block = json!({ "type": kind.name(), (kind.name()): content });
    let parent_id = parent_id.to_string();
    let body = json!({ "children": [block] });
    let appended = call.notion().patch(["v1", "blocks", parent_id.as_str(), "children"], body).send()?.body;
    let id = appended.pointer("/results/0/id").ok_or_else(unknown)?;
    let mut answer = json!({ "id": id });
    if let (false, Some(answer)) = (is_name_used, answer.as_object_mut()) {
        let note = format!("A block of kind {} shows no name: `name` was not used.", kind.name());
        answer.insert("note".to_owned(), note.into());
    }
    Ok(answer)
}

fn hosted(kind: Option<Kind>, upload: Upload) -> (Kind, Value) {
    (kind.unwrap_or(upload.kind), json!({ "type": "file_upload", "file_upload": { "id": upload.id } }))
}
