//! One function an operation: its query string or its body.

use crate::check::shape::{
    Field, Shape, any_of, array_up_to, filled_text_up_to, nothing, nullable, object, open_object, optional,
    required, text, text_up_to,
};
use crate::markdown::VERSIONS;
use crate::schemas::rich_text::{cover, filled_rich_text, icon, rich_text};
use crate::schemas::{blocks, collections, values};

/// A list's query string where the cursor is any text (recorded for users).
pub(crate) fn loose_list() -> Shape {
    object(vec![optional("start_cursor", text()), optional("page_size", Shape::Number)])
}

/// A list's query string where the cursor is an id.
pub(crate) fn list() -> Shape {
    object(vec![optional("start_cursor", Shape::DashedUuid), optional("page_size", Shape::Number)])
}

/// `GET /v1/pages/{id}` serves keys that it doesn't know (recorded).
pub(crate) fn any_query() -> Shape {
    open_object(Vec::new())
}

/// `GET /v1/comments` serves unknown keys too, and bounds its page size (recorded).
pub(crate) fn comments_query() -> Shape {
    open_object(vec![
        required("block_id", Shape::Uuid),
        optional("start_cursor", Shape::DashedUuid),
        optional("page_size", Shape::Integer { min: 1, max: 100 }),
    ])
}

fn markdown_version() -> Field {
    optional("markdown_version", Shape::OneOf(VERSIONS))
}

pub(crate) fn markdown_query() -> Shape {
    object(vec![optional("include_transcript", Shape::Boolean), markdown_version()])
}

pub(crate) fn templates_query() -> Shape {
    object(vec![
        optional("name", text()),
        optional("start_cursor", Shape::DashedUuid),
        optional("page_size", Shape::Integer { min: 1, max: 100 }),
    ])
}

pub(crate) fn views_query() -> Shape {
    object(vec![
        optional("database_id", Shape::Uuid),
        optional("data_source_id", Shape::Uuid),
        optional("start_cursor", Shape::DashedUuid),
        optional("page_size", Shape::Number),
    ])
}

pub(crate) fn file_uploads_query() -> Shape {
    object(vec![
        optional("status", Shape::OneOf(&["pending", "uploaded", "expired", "failed"])),
        optional("start_cursor", Shape::DashedUuid),
        optional("page_size", Shape::Number),
    ])
}

pub(crate) fn emojis_query() -> Shape {
    object(vec![
        optional("start_cursor", Shape::DashedUuid),
        optional("page_size", Shape::Number),
        optional("name", text()),
    ])
}

pub(crate) fn search(legacy: bool) -> Shape {
    let direction = || Shape::OneOf(&["ascending", "descending"]);
    let kinds: &'static [&'static str] =
        if legacy { &["page", "data_source", "database"] } else { &["page", "data_source"] };
    object(vec![
        optional(
            "sort",
            any_of(vec![
                object(vec![
                    required("timestamp", Shape::OneOf(&["last_edited_time"])),
                    optional("direction", direction()),
                ]),
                object(vec![required("property", Shape::OneOf(&["relevance"]))]),
                object(vec![
                    optional("property", text()),
                    optional("timestamp", text()),
                    optional("direction", direction()),
                ]),
            ]),
        ),
        optional("query", text()),
        optional("start_cursor", Shape::DashedUuid),
        optional("page_size", Shape::Number),
        optional(
            "filter",
            any_of(vec![
                object(vec![
                    required("property", Shape::OneOf(&["object"])),
                    required("value", Shape::OneOf(kinds)),
                    optional("in_trash", Shape::Boolean),
                ]),
                object(vec![required("in_trash", Shape::Boolean)]),
            ]),
        ),
    ])
}

fn parent_of(key: &'static str, kind: &'static [&'static str]) -> Shape {
    object(vec![required(key, Shape::Uuid), optional("type", Shape::OneOf(kind))])
}

fn workspace_parent() -> Shape {
    object(vec![required("workspace", Shape::Exactly(true)), optional("type", Shape::OneOf(&["workspace"]))])
}

fn template(with_none: bool) -> Shape {
    let mut branches = vec![
        object(vec![required("type", Shape::OneOf(&["default"])), optional("timezone", text())]),
        object(vec![
            required("type", Shape::OneOf(&["template_id"])),
            required("template_id", Shape::Uuid),
            optional("timezone", text()),
        ]),
    ];
    if with_none {
        branches.insert(0, object(vec![required("type", Shape::OneOf(&["none"]))]));
    }
    any_of(branches)
}

pub(crate) fn create_page() -> Shape {
    object(vec![
        required(
            "parent",
            any_of(vec![
                parent_of("page_id", &["page_id"]),
                parent_of("database_id", &["database_id"]),
                object(vec![
                    required("data_source_id", Shape::Uuid),
                    optional("type", Shape::OneOf(&["data_source_id"])),
                    optional("database_id", Shape::Uuid),
                ]),
                workspace_parent(),
            ]),
        ),
        optional("properties", values::properties()),
        optional("icon", nullable(icon())),
        optional("cover", nullable(cover())),
        optional("content", blocks::children()),
        optional("children", blocks::children()),
        optional("markdown", text()),
        markdown_version(),
        optional("allow_async", Shape::Boolean),
        optional("template", template(true)),
        optional(
            "position",
            any_of(vec![
                object(vec![
                    required("type", Shape::OneOf(&["after_block"])),
                    required("after_block", object(vec![required("id", Shape::Uuid)])),
                ]),
                object(vec![required("type", Shape::OneOf(&["page_start"]))]),
                object(vec![required("type", Shape::OneOf(&["page_end"]))]),
            ]),
        ),
    ])
}

pub(crate) fn update_page() -> Shape {
    object(vec![
        optional("properties", values::properties()),
        optional("icon", nullable(icon())),
        optional("cover", nullable(cover())),
        optional("is_locked", Shape::Boolean),
        optional("template", template(false)),
        optional("erase_content", Shape::Boolean),
        optional("in_trash", Shape::Boolean),
        optional("is_archived", Shape::Boolean),
    ])
}

pub(crate) fn move_page() -> Shape {
    object(vec![required(
        "parent",
        any_of(vec![parent_of("page_id", &["page_id"]), parent_of("data_source_id", &["data_source_id"])]),
    )])
}

pub(crate) fn append_children() -> Shape {
    object(vec![
        required("children", blocks::children()),
        optional(
            "position",
            any_of(vec![
                object(vec![
                    required("type", Shape::OneOf(&["after_block"])),
                    required("after_block", object(vec![required("id", Shape::Uuid)])),
                ]),
                object(vec![required("type", Shape::OneOf(&["start"]))]),
                object(vec![required("type", Shape::OneOf(&["end"]))]),
            ]),
        ),
    ])
}

fn container_parent() -> Shape {
    any_of(vec![parent_of("page_id", &["page_id"]), workspace_parent()])
}

pub(crate) fn create_database() -> Shape {
    object(vec![
        required("parent", container_parent()),
        optional("title", rich_text()),
        optional("description", rich_text()),
        optional("is_inline", Shape::Boolean),
        optional(
            "initial_data_source",
            object(vec![optional("properties", collections::create_properties())]),
        ),
        optional("icon", icon()),
        optional("cover", cover()),
    ])
}

pub(crate) fn update_database() -> Shape {
    object(vec![
        optional("parent", container_parent()),
        optional("title", rich_text()),
        optional("description", rich_text()),
        optional("is_inline", Shape::Boolean),
        optional("icon", icon()),
        optional("cover", cover()),
        optional("in_trash", Shape::Boolean),
        optional("is_locked", Shape::Boolean),
    ])
}

pub(crate) fn create_data_source() -> Shape {
    object(vec![
        required("parent", parent_of("database_id", &["database_id"])),
        required("properties", collections::create_properties()),
        optional("title", rich_text()),
        optional("icon", nullable(icon())),
    ])
}

pub(crate) fn update_data_source() -> Shape {
    object(vec![
        optional("title", rich_text()),
        optional("icon", nullable(icon())),
        optional("properties", collections::update_properties()),
        optional("in_trash", Shape::Boolean),
        optional("parent", parent_of("database_id", &["database_id"])),
    ])
}

/// What a comment says, which is something.
fn comment_text(markdown: bool) -> Vec<Field> {
    if markdown {
        vec![required("markdown", filled_text_up_to(usize::MAX)), markdown_version()]
    } else {
        vec![required("rich_text", filled_rich_text())]
    }
}

pub(crate) fn create_comment() -> Shape {
    let parent = || any_of(vec![parent_of("page_id", &["page_id"]), parent_of("block_id", &["block_id"])]);
    let rest = || {
        vec![
            optional(
                "attachments",
                array_up_to(
                    3,
                    object(vec![
                        required("file_upload_id", Shape::Uuid),
                        optional("type", Shape::OneOf(&["file_upload"])),
                    ]),
                ),
            ),
            optional(
                "display_name",
                any_of(vec![
                    object(vec![required("type", Shape::OneOf(&["integration"]))]),
                    object(vec![required("type", Shape::OneOf(&["user"]))]),
                    object(vec![
                        required("type", Shape::OneOf(&["custom"])),
                        required("custom", object(vec![required("name", text())])),
                    ]),
                ]),
            ),
        ]
    };
    let mut branches = Vec::new();
    for on_discussion in [false, true] {
        for markdown in [false, true] {
            let place = if on_discussion {
                required("discussion_id", Shape::Uuid)
            } else {
                required("parent", parent())
            };
            let mut fields = vec![place];
            fields.extend(comment_text(markdown));
            fields.extend(rest());
            branches.push(object(fields));
        }
    }
    any_of(branches)
}

pub(crate) fn update_comment() -> Shape {
    any_of(vec![object(comment_text(false)), object(comment_text(true))])
}

pub(crate) fn update_markdown() -> Shape {
    let command = |kind: &'static [&'static str], key: &'static str, shape: Shape| {
        object(vec![
            required("type", Shape::OneOf(kind)),
            required(key, shape),
            optional("allow_async", Shape::Boolean),
            markdown_version(),
        ])
    };
    any_of(vec![
        command(
            &["insert_content"],
            "insert_content",
            object(vec![
                required("content", text()),
                optional("after", text()),
                optional("position", object(vec![required("type", Shape::OneOf(&["start", "end"]))])),
            ]),
        ),
        command(
            &["replace_content_range"],
            "replace_content_range",
            object(vec![
                required("content", text()),
                required("content_range", text()),
                optional("allow_deleting_content", Shape::Boolean),
            ]),
        ),
        command(
            &["update_content"],
            "update_content",
            object(vec![
                required(
                    "content_updates",
                    Shape::Array {
                        item: Box::new(object(vec![
                            required("old_str", text()),
                            required("new_str", text()),
                            optional("replace_all_matches", Shape::Boolean),
                        ])),
                        min: 1,
                        max: 100,
                    },
                ),
                optional("allow_deleting_content", Shape::Boolean),
            ]),
        ),
        command(
            &["replace_content"],
            "replace_content",
            object(vec![required("new_str", text()), optional("allow_deleting_content", Shape::Boolean)]),
        ),
    ])
}

pub(crate) fn create_file_upload() -> Shape {
    object(vec![
        optional("mode", Shape::OneOf(&["single_part", "multi_part", "external_url"])),
        optional("filename", text_up_to(900)),
        optional("content_type", text()),
        optional("number_of_parts", Shape::Integer { min: 1, max: 10_000 }),
        optional("external_url", text_up_to(2000)),
    ])
}

pub(crate) fn meeting_notes_query() -> Shape {
    object(vec![
        optional("filter", Shape::Anything),
        optional("sort", array_up_to(100, Shape::Anything)),
        optional("limit", Shape::Integer { min: 1, max: 100 }),
    ])
}

pub(crate) fn nothing_at_all() -> Shape {
    nothing()
}
