//! What the host has to know of each route beside what it does: what of it is cached, where its outcome can be seen, what it
//! reaches. The routes themselves are those of `toolbay_sdk_notion::routes`.

use std::ops::Deref;

use toolbay_kernel::Access;
use toolbay_kernel::gate::Method;
pub(crate) use toolbay_sdk_notion::routes::Body;
use toolbay_sdk_notion::routes::{self, Route};

use super::access::{access, method};
use super::reach::Reach;
use super::seen::Seen;

/// One route.
#[derive(Debug)]
pub(crate) struct Entry {
    route: &'static Route,
    pub(crate) method: Method,
    /// What it does unless the body makes it stronger.
    pub(crate) access: Access,
    /// Whether the gate may remember its answers, or has to forget some.
    pub(crate) cache: Cache,
    /// Where the outcome of a write can be seen, when its answer was lost.
    pub(crate) seen: Seen,
    /// What of the workspace it reaches, for those who are narrowed to parts of it. Every route says it.
    pub(crate) reach: Reach,
}

impl Deref for Entry {
    type Target = Route;

    fn deref(&self) -> &Route {
        self.route
    }
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

use Reach::{Everything, Objects, Undecided, Workspace};

#[rustfmt::skip]
pub(crate) const ROUTES: &[Entry] = &[
    get("/v1/users", Workspace).kept(),
    get("/v1/users/me", Workspace).kept(),
    get("/v1/users/{user_id}", Workspace).kept(),

    post("/v1/pages", Objects).seen(Seen::AsPage),
    get("/v1/pages/{page_id}", Objects),
    patch("/v1/pages/{page_id}", Objects),
    post("/v1/pages/{page_id}/move", Objects).seen(Seen::InParent),
    get("/v1/pages/{page_id}/properties/{property_id}", Objects),
    get("/v1/pages/{page_id}/markdown", Objects),
    patch("/v1/pages/{page_id}/markdown", Objects).seen(Seen::Nowhere),

    get("/v1/async_tasks/{task_id}", Objects),

    post("/v1/blocks/meeting_notes", Objects),
    post("/v1/blocks/meeting_notes/query", Undecided),
    get("/v1/blocks/{block_id}", Objects),
    patch("/v1/blocks/{block_id}", Objects),
    // A database is a block too.
    delete("/v1/blocks/{block_id}", Objects).seen(Seen::InTrash).changes_schemas(),
    get("/v1/blocks/{block_id}/children", Objects),
    patch("/v1/blocks/{block_id}/children", Objects).seen(Seen::AsChildren),

    post("/v1/databases", Objects).changes_schemas(),
    get("/v1/databases/{database_id}", Objects).kept(),
    patch("/v1/databases/{database_id}", Objects).changes_schemas(),

    post("/v1/data_sources", Objects).changes_schemas(),
    get("/v1/data_sources/{data_source_id}", Objects).kept(),
    patch("/v1/data_sources/{data_source_id}", Objects).changes_schemas(),
    post("/v1/data_sources/{data_source_id}/query", Objects),
    get("/v1/data_sources/{data_source_id}/templates", Objects).kept(),

    get("/v1/views", Objects),
    post("/v1/views", Objects),
    get("/v1/views/{view_id}", Objects),
    patch("/v1/views/{view_id}", Objects),
    delete("/v1/views/{view_id}", Objects),
    post("/v1/views/{view_id}/queries", Objects),
    get("/v1/views/{view_id}/queries/{query_id}", Objects),
    delete("/v1/views/{view_id}/queries/{query_id}", Objects),

    post("/v1/search", Everything),

    get("/v1/comments", Objects),
    post("/v1/comments", Objects).seen(Seen::AsComment),
    get("/v1/comments/{comment_id}", Objects),
    patch("/v1/comments/{comment_id}", Objects),
    delete("/v1/comments/{comment_id}", Objects),

    get("/v1/file_uploads", Undecided),
    post("/v1/file_uploads", Workspace),
    get("/v1/file_uploads/{file_upload_id}", Workspace),
    post("/v1/file_uploads/{file_upload_id}/complete", Workspace).seen(Seen::Uploaded),

    get("/v1/custom_emojis", Workspace),
];

/// Whoever adds a route there has to say here what the host does with it.
const _: () = assert!(ROUTES.len() == routes::ROUTES.len(), "a route of the table is not here");

const fn get(template: &'static str, reach: Reach) -> Entry {
    entry(routes::Method::Get, template, reach)
}

const fn post(template: &'static str, reach: Reach) -> Entry {
    entry(routes::Method::Post, template, reach)
}

const fn patch(template: &'static str, reach: Reach) -> Entry {
    entry(routes::Method::Patch, template, reach).seen(Seen::InState)
}

const fn delete(template: &'static str, reach: Reach) -> Entry {
    entry(routes::Method::Delete, template, reach).seen(Seen::Gone)
}

#[expect(clippy::panic, reason = "runs while the host compiles, never in it")]
const fn entry(of: routes::Method, template: &'static str, reach: Reach) -> Entry {
    let Some(route) = routes::named(of, template) else { panic!("the table has no such route") };
    Entry {
        route,
        method: method(route.method),
        access: access(route.access),
        cache: Cache::None,
        seen: Seen::Nowhere,
        reach,
    }
}

impl Entry {
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
}
