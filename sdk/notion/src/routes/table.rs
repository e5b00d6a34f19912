//! Every route of Notion's API, version 2026-03-11, that a tool may use.
//!
//! # What is not here is refused
//!
//! Left out on purpose: `oauth` (the host's own business, and its credential is another one), `agents`, `sessions`,
//! `threads`, `external_agent_stub` and `ai` (another product), and `POST /v1/file_uploads/{id}/send` (multipart, which
//! a plugin's JSON request can't carry). `tests/conformance/notion-routes` compares this table with the operations that
//! Notion's own client publishes.

use super::access::Access::{self, Destroys, Reads, Writes};
use super::method::Method;
use super::raised_by::RaisedBy;
use super::route::{Body, Route};

/// The keys of every paginated list.
const PAGE: &[&str] = &["start_cursor", "page_size"];

/// The kinds of block that can be changed, with what can be said beside them.
const BLOCK: &[&str] = &[
    "type",
    "in_trash",
    "embed",
    "bookmark",
    "image",
    "video",
    "pdf",
    "file",
    "audio",
    "code",
    "equation",
    "divider",
    "breadcrumb",
    "tab",
    "table_of_contents",
    "link_to_page",
    "table_row",
    "heading_1",
    "heading_2",
    "heading_3",
    "heading_4",
    "paragraph",
    "bulleted_list_item",
    "numbered_list_item",
    "quote",
    "to_do",
    "toggle",
    "template",
    "callout",
    "synced_block",
    "table",
    "column",
];

/// Every route.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    get("/v1/users").query(PAGE),
    get("/v1/users/me"),
    get("/v1/users/{user_id}"),

    post("/v1/pages", Writes).query(&["filter_properties"])
        .body(&["parent", "properties", "icon", "cover", "content", "children", "markdown", "markdown_version", "allow_async",
                "template", "position"]),
    get("/v1/pages/{page_id}").query(&["filter_properties"]),
    patch("/v1/pages/{page_id}").query(&["filter_properties"]).raised_by(RaisedBy::Flags)
        .body(&["properties", "icon", "cover", "is_locked", "template", "erase_content", "in_trash", "is_archived"]),
    post("/v1/pages/{page_id}/move", Writes).body(&["parent"]),
    get("/v1/pages/{page_id}/properties/{property_id}").query(PAGE),
    get("/v1/pages/{page_id}/markdown").query(&["include_transcript", "markdown_version"]),
    patch("/v1/pages/{page_id}/markdown").raised_by(RaisedBy::Markdown)
        .body(&["type", "update_content", "replace_content", "insert_content", "replace_content_range", "allow_async",
                "markdown_version"]),

    get("/v1/async_tasks/{task_id}"),

    post("/v1/blocks/meeting_notes", Writes).body(&["title", "language", "options", "source", "parent"]),
    post("/v1/blocks/meeting_notes/query", Reads).optional_body(&["filter", "sort", "limit"]),
    get("/v1/blocks/{block_id}"),
    patch("/v1/blocks/{block_id}").raised_by(RaisedBy::Flags).body(BLOCK),
    delete("/v1/blocks/{block_id}"),
    get("/v1/blocks/{block_id}/children").query(PAGE),
    patch("/v1/blocks/{block_id}/children").body(&["children", "position"]),

    post("/v1/databases", Writes)
        .body(&["parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover"]),
    get("/v1/databases/{database_id}"),
    patch("/v1/databases/{database_id}").raised_by(RaisedBy::Flags)
        .body(&["parent", "title", "description", "is_inline", "icon", "cover", "in_trash", "is_locked"]),

    post("/v1/data_sources", Writes).body(&["parent", "properties", "title", "icon"]),
    get("/v1/data_sources/{data_source_id}"),
    patch("/v1/data_sources/{data_source_id}").raised_by(RaisedBy::Schema)
        .body(&["title", "icon", "properties", "in_trash", "parent"]),
    post("/v1/data_sources/{data_source_id}/query", Reads).query(&["filter_properties"])
        .optional_body(&["sorts", "filter", "start_cursor", "page_size", "in_trash", "result_type"]),
    get("/v1/data_sources/{data_source_id}/templates").query(&["name", "start_cursor", "page_size"]),

    get("/v1/views").query(&["database_id", "data_source_id", "start_cursor", "page_size"]),
    post("/v1/views", Writes)
        .body(&["data_source_id", "name", "type", "database_id", "view_id", "filter", "sorts", "quick_filters",
                "create_database", "configuration", "position", "placement"]),
    get("/v1/views/{view_id}"),
    patch("/v1/views/{view_id}").body(&["name", "filter", "sorts", "quick_filters", "configuration"]),
    delete("/v1/views/{view_id}"),
    // A query of a view is a result set that nobody sees and that ends by itself after a quarter of an hour.
    post("/v1/views/{view_id}/queries", Reads).optional_body(&["page_size"]),
    get("/v1/views/{view_id}/queries/{query_id}").query(PAGE),
    delete("/v1/views/{view_id}/queries/{query_id}"),

    post("/v1/search", Reads).optional_body(&["sort", "query", "start_cursor", "page_size", "filter"]),

    get("/v1/comments").query(&["block_id", "start_cursor", "page_size"]),
    post("/v1/comments", Writes)
        .body(&["attachments", "display_name", "parent", "rich_text", "markdown", "markdown_version", "discussion_id"]),
    get("/v1/comments/{comment_id}"),
    patch("/v1/comments/{comment_id}").body(&["rich_text", "markdown", "markdown_version"]),
    delete("/v1/comments/{comment_id}"),

    get("/v1/file_uploads").query(&["status", "start_cursor", "page_size"]),
    post("/v1/file_uploads", Writes)
        .body(&["mode", "filename", "content_type", "number_of_parts", "external_url"]),
    get("/v1/file_uploads/{file_upload_id}"),
    post("/v1/file_uploads/{file_upload_id}/complete", Writes),

    get("/v1/custom_emojis").query(&["start_cursor", "page_size", "name"]),
];

const fn get(template: &'static str) -> Route {
    route(Method::Get, template, Reads)
}

const fn post(template: &'static str, access: Access) -> Route {
    route(Method::Post, template, access)
}

const fn patch(template: &'static str) -> Route {
    route(Method::Patch, template, Writes)
}

const fn delete(template: &'static str) -> Route {
    route(Method::Delete, template, Destroys)
}

const fn route(method: Method, template: &'static str, access: Access) -> Route {
    Route { method, template, access, raised_by: RaisedBy::Nothing, query: &[], body: Body::None }
}

impl Route {
    const fn query(mut self, keys: &'static [&'static str]) -> Self {
        self.query = keys;
        self
    }

    const fn body(mut self, keys: &'static [&'static str]) -> Self {
        self.body = Body::Required(keys);
        self
    }

    const fn optional_body(mut self, keys: &'static [&'static str]) -> Self {
        self.body = Body::Optional(keys);
        self
    }

    const fn raised_by(mut self, raised_by: RaisedBy) -> Self {
        self.raised_by = raised_by;
        self
    }
}
