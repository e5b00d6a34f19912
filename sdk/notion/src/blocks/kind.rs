//! Every type of block, with the members that its compact form has.

use super::member::{Form, Member};
use crate::Error;
use crate::names;

/// A type of block.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) members: &'static [Member],
    /// Members of which exactly one is needed.
    pub(crate) needs: &'static [&'static str],
    pub(crate) children: Children,
}

/// What a block of a type can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Children {
    /// Nothing.
    None,
    /// Blocks.
    Blocks,
    /// Rows, which have to come with the table.
    Rows,
    /// At least two columns, which have to come with their list.
    Columns,
    /// Blocks, none or more of which come with the column.
    Column,
    /// Paragraphs, which have to come with the tabs.
    Tabs,
}

const fn member(name: &'static str, key: &'static str, form: Form) -> Member {
    Member { name, key, form }
}

const TEXT: Member = member("text", "rich_text", Form::Text);
const COLOR: Member = member("color", "color", Form::Color);
const ICON: Member = member("icon", "icon", Form::Icon);
const CAPTION: Member = member("caption", "caption", Form::Caption);
const URL: Member = member("url", "url", Form::Url);
const LIST: &[Member] = &[TEXT, COLOR];
const HEADING: &[Member] = &[TEXT, COLOR, member("toggle", "is_toggleable", Form::Flag)];
const FILE: &[Member] = &[
    member("url", "external", Form::External),
    member("upload", "file_upload", Form::Upload),
    member("hosted_file", "file", Form::HostedFile),
    CAPTION,
];
const NAMED_FILE: &[Member] = &[
    member("url", "external", Form::External),
    member("upload", "file_upload", Form::Upload),
    member("hosted_file", "file", Form::HostedFile),
    member("name", "name", Form::Words),
    CAPTION,
];
const SOURCE: &[&str] = &["url", "upload"];
const MEETING: &[Member] = &[
    member("title", "title", Form::ReadText),
    member("status", "status", Form::Read),
    member("parts", "children", Form::Read),
    member("recording", "recording", Form::Read),
    member("calendar_event", "calendar_event", Form::Read),
];

const fn kind(
    name: &'static str,
    members: &'static [Member],
    needs: &'static [&'static str],
    children: Children,
) -> Kind {
    Kind { name, members, needs, children }
}

/// What the API of version 2026-03-11 can create.
#[rustfmt::skip]
pub(crate) const KINDS: &[Kind] = &[
    kind("paragraph", &[TEXT, COLOR, ICON], &[], Children::Blocks),
    kind("heading_1", HEADING, &[], Children::Blocks),
    kind("heading_2", HEADING, &[], Children::Blocks),
    kind("heading_3", HEADING, &[], Children::Blocks),
    kind("heading_4", HEADING, &[], Children::Blocks),
    kind("bulleted_list_item", LIST, &[], Children::Blocks),
    kind("numbered_list_item", &[
        TEXT, COLOR, member("start", "list_start_index", Form::Read), member("format", "list_format", Form::Read),
    ], &[], Children::Blocks),
    kind("to_do", &[TEXT, member("checked", "checked", Form::Flag), COLOR], &[], Children::Blocks),
    kind("toggle", LIST, &[], Children::Blocks),
    kind("quote", LIST, &[], Children::Blocks),
    kind("callout", &[TEXT, ICON, COLOR], &[], Children::Blocks),
    kind("template", &[TEXT], &[], Children::Blocks),
    kind("code", &[
        member("text", "rich_text", Form::Code), member("language", "language", Form::Language), CAPTION,
    ], &[], Children::None),
    kind("equation", &[member("expression", "expression", Form::Expression)], &["expression"], Children::None),
    kind("divider", &[], &[], Children::None),
    kind("breadcrumb", &[], &[], Children::None),
    kind("table_of_contents", &[COLOR], &[], Children::None),
    kind("table", &[
        member("header_row", "has_column_header", Form::Flag),
        member("header_column", "has_row_header", Form::Flag),
    ], &[], Children::Rows),
    kind("table_row", &[member("cells", "cells", Form::Cells)], &["cells"], Children::None),
    kind("column_list", &[], &[], Children::Columns),
    kind("column", &[member("width", "width_ratio", Form::Ratio)], &[], Children::Column),
    kind("tab", &[], &[], Children::Tabs),
    kind("bookmark", &[URL, CAPTION], &["url"], Children::None),
    kind("embed", &[URL, CAPTION], &["url"], Children::None),
    kind("image", FILE, SOURCE, Children::None),
    kind("video", FILE, SOURCE, Children::None),
    kind("audio", FILE, SOURCE, Children::None),
    kind("pdf", FILE, SOURCE, Children::None),
    kind("file", NAMED_FILE, SOURCE, Children::None),
    kind("link_to_page", &[
        member("page_id", "page_id", Form::Id),
        member("database_id", "database_id", Form::Id),
        member("comment_id", "comment_id", Form::Id),
    ], &["page_id", "database_id", "comment_id"], Children::None),
    kind("synced_block", &[member("synced_from", "synced_from", Form::SyncedFrom)], &[], Children::Blocks),
];

/// What the API only answers.
const READ_ONLY: &[Kind] = &[
    kind("child_page", &[member("title", "title", Form::Read)], &[], Children::None),
    kind("child_database", &[member("title", "title", Form::Read)], &[], Children::None),
    kind("link_preview", &[member("url", "url", Form::Read)], &[], Children::None),
    kind("unsupported", &[member("block_type", "block_type", Form::Read)], &[], Children::None),
    kind("meeting_notes", MEETING, &[], Children::None),
    kind("transcription", MEETING, &[], Children::None),
];

/// The creatable type of this name.
pub(crate) fn creatable(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The type of this name, also where it can only be read.
pub(crate) fn any(name: &str) -> Option<&'static Kind> {
    creatable(name).or_else(|| READ_ONLY.iter().find(|kind| kind.name == name))
}

/// The creatable type that a caller named.
pub(crate) fn find(name: &str) -> Result<&'static Kind, Error> {
    if let Some(kind) = READ_ONLY.iter().find(|kind| kind.name == name) {
        return Err(Error::invalid_input(format!(
            "A block of type `{}` can be read, not written.",
            kind.name
        ))
        .hint(match kind.name {
            "child_page" => "Create a page in the page instead, or link to one by `link_to_page`.",
            "child_database" => "Create a database in the page instead, or link to one by `link_to_page`.",
            "link_preview" => "Write a `bookmark` or an `embed` instead.",
            _ => "Leave it out.",
        }));
    }
    let valid: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let name = names::find(name, &valid, "type of block")?;
    creatable(name).ok_or_else(|| Error::invalid_input(format!("There is no type of block `{name}`.")))
}
