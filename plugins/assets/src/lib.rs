//! Files and links on pages.

mod block;
mod kind;
mod link;
mod outcome;
mod property;
mod source;
mod upload;

use toolbay_sdk::notion::{NotionId, Object};
use toolbay_sdk::prelude::*;

use crate::kind::Kind;
use crate::source::Source;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Link, or id of a file upload.
    url: String,
    /// Page to attach to.
    page_id: Option<String>,
    /// Block to append to, instead of a page.
    block_id: Option<String>,
    /// Files property of the page to add it to.
    property: Option<String>,
    /// Of block; by default from the link's ending, else bookmark.
    kind: Option<Kind>,
    /// File name.
    name: Option<String>,
    /// Inline markdown.
    caption: Option<String>,
    /// Notion fetches and hosts a copy.
    import: Option<bool>,
}

/// What the file or link is put on.
enum Target {
    Property { page_id: NotionId, name: String },
    Block { parent_id: NotionId },
}

/// Attaches a file or link to a page: to a files property, or as a block at the end of its content.
#[tool(writes, route = "POST /v1/assets/url")]
fn attach_file(call: &Call, input: Input) -> Result<Value, Problem> {
    let target = target(&input)?;
    let source = Source::read(&input.url, input.import.unwrap_or(false))?;
    let name = input.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    match target {
        Target::Property { page_id, name: property } => {
            property::add(call, page_id, &property, &source, name)
        }
        Target::Block { parent_id } => {
            let caption = block::caption(input.caption.as_deref())?;
            block::append(call, parent_id, &source, input.kind, name, caption)
        }
    }
}

fn target(input: &Input) -> Result<Target, Problem> {
    // An empty id is a wrong one like any other.
    let text = |given: &Option<String>| given.as_deref().map(str::trim).map(str::to_owned);
    match (text(&input.page_id), text(&input.block_id), text(&input.property)) {
        (Some(page), None, Some(name)) => {
            if input.kind.is_some() || text(&input.caption).is_some_and(|caption| !caption.is_empty()) {
                return Err(Problem::invalid_input("A files property holds neither `kind` nor `caption`.")
                    .hint("Leave them out, or leave `property` out to append a block."));
            }
            Ok(Target::Property { page_id: Object::Page.find(&page)?, name })
        }
        (Some(page), None, None) => Ok(Target::Block { parent_id: Object::Page.find(&page)? }),
        (None, Some(block), None) => Ok(Target::Block { parent_id: Object::Block.find(&block)? }),
        (None, Some(_), Some(_)) => Err(Problem::invalid_input("A block has no properties.")
            .hint("Give the row's `page_id` with `property`, or `block_id` without it.")),
        (None, None, _) => Err(Problem::invalid_input("Nothing says where to attach it.")
            .hint("Give `page_id`, with `property` for a files property; or `block_id`.")),
        (Some(_), Some(_), _) => Err(Problem::invalid_input("Both `page_id` and `block_id` are given.")
            .hint("Give only one: the block alone says on which page it is.")),
    }
}

plugin!(attach_file);

#[cfg(test)]
mod tests;
