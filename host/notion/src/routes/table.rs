//! Every route of Notion's API, version 2026-03-11, that a tool may use.
//!
//! # What is not here is refused
//!
//! Left out on purpose: `oauth` (the host's own business, and its credential is another one), `agents`, `sessions`,
//! `threads`, `external_agent_stub` and `ai` (another product), and `POST /v1/file_uploads/{id}/send` (multipart, which
//! a plugin's JSON request can't carry). `tests/conformance/notion-routes` compares this table with the operations that
//! Notion's own client publishes.

use toolbay_kernel::Access;
use toolbay_kernel::gate::Method;

use super::access::RaisedBy;
use super::reach::Reach;
use super::seen::Seen;

/// One route.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) method: Method,
    /// `{property_id}` takes a property's id, `{task_id}` any plain word, every other parameter a UUID.
    pub(crate) template: &'static str,
    /// What it does unless the body makes it stronger.
    pub(crate) access: Access,
    pub(crate) raised_by: RaisedBy,
    pub(crate) query: &'static [&'static str],
    pub(crate) body: Body,
    /// Whether the gate may remember its answers, or has to forget some.
    pub(crate) cache: Cache,
    /// Where the outcome of a write can be seen, when its answer was lost.
    pub(crate) seen: Seen,
    /// What of the workspace it reaches, for those who are narrowed to parts of it. Every route says it.
    pub(crate) reach: Reach,
}

/// What a route has to do with the answers that the gate keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    None,
    /// Its answers may be kept.
    Keeps,
    /// It makes what was kept out of date.
    Changes,
}

/// Whether a route takes a body, and its keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    None,
    Optional(&'static [&'static str]),
    Required(&'static [&'static str]),
}

impl Body {
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Optional(keys) | Self::Required(keys) => keys,
        }
    }
}

use Access::{Destroys, Reads, Writes};
use Reach::{Everything, Objects, Undecided, Workspace};

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

#[rustfmt::skip]
pub(crate) const ROUTES: &[Entry] = &[
    get("/v1/users", Workspace).query(PAGE).kept(),
    get("/v1/users/me", Workspace).kept(),
    get("/v1/users/{user_id}", Workspace).kept(),

    post("/v1/pages", Writes, Objects).seen(Seen::AsPage).query(&["filter_properties"])
        .body(&["parent", "properties", "icon", "cover", "content", "children", "markdown", "markdown_version", "allow_async",
                "template", "position"]),
    get("/v1/pages/{page_id}", Objects).query(&["filter_properties"]),
    patch("/v1/pages/{page_id}", Objects).query(&["filter_properties"]).raised_by(RaisedBy::Flags)
        .body(&["properties", "icon", "cover", "is_locked", "template", "erase_content", "in_trash", "is_archived"]),
    post("/v1/pages/{page_id}/move", Writes, Objects).seen(Seen::InParent).body(&["parent"]),
    get("/v1/pages/{page_id}/properties/{property_id}", Objects).query(PAGE),
    get("/v1/pages/{page_id}/markdown", Objects).query(&["include_transcript", "markdown_version"]),
    patch("/v1/pages/{page_id}/markdown", Objects).seen(Seen::Nowhere).raised_by(RaisedBy::Markdown)
        .body(&["type", "update_content", "replace_content", "insert_content", "replace_content_range", "allow_async",
                "markdown_version"]),

    get("/v1/async_tasks/{task_id}", Objects),

    post("/v1/blocks/meeting_notes", Writes, Objects).body(&["title", "language", "options", "source", "parent"]),
    post("/v1/blocks/meeting_notes/query", Reads, Undecided).optional_body(&["filter", "sort", "limit"]),
    get("/v1/blocks/{block_id}", Objects),
    patch("/v1/blocks/{block_id}", Objects).raised_by(RaisedBy::Flags).body(BLOCK),
    // A database is a block too.
    delete("/v1/blocks/{block_id}", Objects).seen(Seen::InTrash).changes_schemas(),
    get("/v1/blocks/{block_id}/children", Objects).query(PAGE),
    patch("/v1/blocks/{block_id}/children", Objects).seen(Seen::AsChildren).body(&["children", "position"]),

    post("/v1/databases", Writes, Objects).changes_schemas()
        .body(&["parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover"]),
    get("/v1/databases/{database_id}", Objects).kept(),
    patch("/v1/databases/{database_id}", Objects).raised_by(RaisedBy::Flags).changes_schemas()
        .body(&["parent", "title", "description", "is_inline", "icon", "cover", "in_trash", "is_locked"]),

    post("/v1/data_sources", Writes, Objects).changes_schemas().body(&["parent", "properties", "title", "icon"]),
    get("/v1/data_sources/{data_source_id}", Objects).kept(),
    patch("/v1/data_sources/{data_source_id}", Objects).raised_by(RaisedBy::Schema).changes_schemas()
        .body(&["title", "icon", "properties", "in_trash", "parent"]),
    post("/v1/data_sources/{data_source_id}/query", Reads, Objects).query(&["filter_properties"])
        .optional_body(&["sorts", "filter", "start_cursor", "page_size", "in_trash", "result_type"]),
    get("/v1/data_sources/{data_source_id}/templates", Objects).query(&["name", "start_cursor", "page_size"]).kept(),

    get("/v1/views", Objects).query(&["database_id", "data_source_id", "start_cursor", "page_size"]),
    post("/v1/views", Writes, Objects)
        .body(&["data_source_id", "name", "type", "database_id", "view_id", "filter", "sorts", "quick_filters",
                "create_database", "configuration", "position", "placement"]),
    get("/v1/views/{view_id}", Objects),
    patch("/v1/views/{view_id}", Objects).body(&["name", "filter", "sorts", "quick_filters", "configuration"]),
    delete("/v1/views/{view_id}", Objects),
    // A query of a view is a result set that nobody sees and that ends by itself after a quarter of an hour.
    post("/v1/views/{view_id}/queries", Reads, Objects).optional_body(&["page_size"]),
    get("/v1/views/{view_id}/queries/{query_id}", Objects).query(PAGE),
    delete("/v1/views/{view_id}/queries/{query_id}", Objects),

    post("/v1/search", Reads, Everything).optional_body(&["sort", "query", "start_cursor", "page_size", "filter"]),

    get("/v1/comments", Objects).query(&["block_id", "start_cursor", "page_size"]),
    post("/v1/comments", Writes, Objects).seen(Seen::AsComment)
        .body(&["attachments", "display_name", "parent", "rich_text", "markdown", "markdown_version", "discussion_id"]),
    get("/v1/comments/{comment_id}", Objects),
    patch("/v1/comments/{comment_id}", Objects).body(&["rich_text", "markdown", "markdown_version"]),
    delete("/v1/comments/{comment_id}", Objects),

    get("/v1/file_uploads", Undecided).query(&["status", "start_cursor", "page_size"]),
    post("/v1/file_uploads", Writes, Workspace)
        .body(&["mode", "filename", "content_type", "number_of_parts", "external_url"]),
    get("/v1/file_uploads/{file_upload_id}", Workspace),
    post("/v1/file_uploads/{file_upload_id}/complete", Writes, Workspace).seen(Seen::Uploaded),

    get("/v1/custom_emojis", Workspace).query(&["start_cursor", "page_size", "name"]),
];

const fn get(template: &'static str, reach: Reach) -> Entry {
    entry(Method::Get, template, Reads, reach)
}

const fn post(template: &'static str, access: Access, reach: Reach) -> Entry {
    entry(Method::Post, template, access, reach)
}

const fn patch(template: &'static str, reach: Reach) -> Entry {
    entry(Method::Patch, template, Writes, reach).seen(Seen::InState)
}

const fn delete(template: &'static str, reach: Reach) -> Entry {
    entry(Method::Delete, template, Destroys, reach).seen(Seen::Gone)
}

const fn entry(method: Method, template: &'static str, access: Access, reach: Reach) -> Entry {
    Entry {
        method,
        template,
        access,
        raised_by: RaisedBy::Nothing,
        query: &[],
        body: Body::None,
        cache: Cache::None,
        seen: Seen::Nowhere,
        reach,
    }
}

impl Entry {
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

    /// Schemas and people: asked for often, changed rarely.
    const fn kept(mut self) -> Self {
        self.cache = Cache::Keeps;
        self
    }

    const fn changes_schemas(mut self) -> Self {
        self.cache = Cache::Changes;
        self
    }

    const fn seen(mut self, seen: Seen) -> Self {
        self.seen = seen;
        self
    }

    const fn raised_by(mut self, raised_by: RaisedBy) -> Self {
        self.raised_by = raised_by;
        self
    }
}
