//! The operations of the API: path, checks, handler, what it needs.

use std::collections::BTreeMap;

use crate::call::Call;
use crate::check::query_string::decode_segment;
use crate::check::shape::Shape;
use crate::errors::Refusal;
use crate::handlers::{
    Answer, append, blocks, comments, data_sources, databases, file_uploads, markdown, pages, pages_create,
    property_items, query, search, small, users, view_queries, views,
};
use crate::model::Workspace;
use crate::model::integration::Capability;
use crate::schemas::{self, bodies};

/// What runs when a request passed its checks. A write works on a copy of the workspace.
pub(crate) enum Handler {
    Read(fn(&Call, &Workspace) -> Result<Answer, Refusal>),
    Write(fn(&Call, &mut Workspace) -> Result<Answer, Refusal>),
}

/// The versions that mount a route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Era {
    Any,
    /// Since databases were split into data sources, 2025-09-03.
    DataSources,
    /// Before that.
    Legacy,
}

/// One operation.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    pub(crate) era: Era,
    pub(crate) query: Shape,
    pub(crate) body: Shape,
    pub(crate) reads_filter_properties: bool,
    pub(crate) capability: Capability,
    pub(crate) handler: Handler,
}

impl Route {
    /// How faults and the log of writes name the route.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The parameters of a path that fits the route.
    pub(crate) fn matches(&self, method: &str, path: &str) -> Option<BTreeMap<&'static str, String>> {
        if self.method != method {
            return None;
        }
        let mut parameters = BTreeMap::new();
        let (mut wanted, mut given) = (self.template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return Some(parameters),
                (Some(wanted), Some(given)) => match wanted
                    .strip_prefix('{')
                    .and_then(|name| name.strip_suffix('}'))
                {
                    // A property's id is compared encoded and decoded, so it is kept as it came.
                    Some("property_id") => drop(parameters.insert("property_id", given.to_owned())),
                    Some(name) if !given.is_empty() => drop(parameters.insert(name, decode_segment(given))),
                    None if wanted == given => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }
}

fn read(
    method: &'static str,
    template: &'static str,
    query: Shape,
    handler: fn(&Call, &Workspace) -> Result<Answer, Refusal>,
) -> Route {
    Route {
        method,
        template,
        era: Era::Any,
        query,
        body: bodies::nothing_at_all(),
        reads_filter_properties: false,
        capability: Capability::ReadContent,
        handler: Handler::Read(handler),
    }
}

fn write(
    method: &'static str,
    template: &'static str,
    body: Shape,
    capability: Capability,
    handler: fn(&Call, &mut Workspace) -> Result<Answer, Refusal>,
) -> Route {
    Route {
        method,
        template,
        era: Era::Any,
        query: bodies::nothing_at_all(),
        body,
        reads_filter_properties: false,
        capability,
        handler: Handler::Write(handler),
    }
}

impl Route {
    fn with_body(mut self, body: Shape) -> Route {
        self.body = body;
        self
    }
    fn filtering_properties(mut self) -> Route {
        self.reads_filter_properties = true;
        self
    }
    fn needing(mut self, capability: Capability) -> Route {
        self.capability = capability;
        self
    }
    fn in_era(mut self, era: Era) -> Route {
        self.era = era;
        self
    }
}

/// Every operation. Literal segments stand before parameters of the same place.
pub(crate) fn all() -> Vec<Route> {
    use Capability::{
        InsertComments, InsertContent, None as Nothing, ReadComments, ReadUsers, UpdateContent,
    };
    use bodies::nothing_at_all as empty;
    let mut routes = vec![
        read("GET", "/v1/users", bodies::loose_list(), users::list).needing(ReadUsers),
        read("GET", "/v1/users/me", empty(), users::me).needing(Nothing),
        read("GET", "/v1/users/{user_id}", empty(), users::get).needing(ReadUsers),
        read("POST", "/v1/search", empty(), search::search)
            .with_body(bodies::search(false))
            .filtering_properties(),
        write("POST", "/v1/pages", bodies::create_page(), InsertContent, pages_create::create)
            .filtering_properties(),
        read("GET", "/v1/pages/{page_id}", bodies::any_query(), pages::get).filtering_properties(),
        write("PATCH", "/v1/pages/{page_id}", bodies::update_page(), UpdateContent, pages::update)
            .filtering_properties(),
        write("POST", "/v1/pages/{page_id}/move", bodies::move_page(), UpdateContent, pages::move_to),
        read(
            "GET",
            "/v1/pages/{page_id}/properties/{property_id}",
            bodies::loose_list(),
            property_items::get,
        ),
        read("GET", "/v1/pages/{page_id}/markdown", bodies::markdown_query(), markdown::get),
        write(
            "PATCH",
            "/v1/pages/{page_id}/markdown",
            bodies::update_markdown(),
            UpdateContent,
            markdown::update,
        ),
        read("GET", "/v1/async_tasks/{task_id}", empty(), small::async_task),
        write(
            "POST",
            "/v1/blocks/meeting_notes",
            Shape::Anything,
            InsertContent,
            small::meeting_notes_create,
        ),
        read("POST", "/v1/blocks/meeting_notes/query", empty(), small::meeting_notes_query)
            .with_body(bodies::meeting_notes_query()),
        read("GET", "/v1/blocks/{block_id}", empty(), blocks::get),
        write(
            "PATCH",
            "/v1/blocks/{block_id}",
            crate::schemas::blocks::update(),
            UpdateContent,
            blocks::update,
        ),
        write("DELETE", "/v1/blocks/{block_id}", empty(), UpdateContent, blocks::delete),
        read("GET", "/v1/blocks/{block_id}/children", bodies::list(), blocks::children),
        write(
            "PATCH",
            "/v1/blocks/{block_id}/children",
            bodies::append_children(),
            InsertContent,
            append::handle,
        ),
        write("POST", "/v1/databases", bodies::create_database(), InsertContent, databases::create),
        read("GET", "/v1/databases/{database_id}", empty(), databases::get),
        write(
            "PATCH",
            "/v1/databases/{database_id}",
            bodies::update_database(),
            UpdateContent,
            databases::update,
        ),
        read("POST", "/v1/databases/{database_id}/query", empty(), query::by_database)
            .with_body(crate::schemas::filters::query())
            .filtering_properties()
            .in_era(Era::Legacy),
        read("GET", "/v1/comments", bodies::comments_query(), comments::list).needing(ReadComments),
        write("POST", "/v1/comments", bodies::create_comment(), InsertComments, comments::create),
        read("GET", "/v1/comments/{comment_id}", empty(), comments::get).needing(ReadComments),
        write(
            "PATCH",
            "/v1/comments/{comment_id}",
            bodies::update_comment(),
            InsertComments,
            comments::update,
        ),
        write("DELETE", "/v1/comments/{comment_id}", empty(), InsertComments, comments::delete),
        read("GET", "/v1/file_uploads", bodies::file_uploads_query(), file_uploads::list),
        write("POST", "/v1/file_uploads", bodies::create_file_upload(), InsertContent, file_uploads::create),
        read("GET", "/v1/file_uploads/{file_upload_id}", empty(), file_uploads::get),
        write(
            "POST",
            "/v1/file_uploads/{file_upload_id}/send",
            Shape::Anything,
            InsertContent,
            file_uploads::send,
        ),
        write(
            "POST",
            "/v1/file_uploads/{file_upload_id}/complete",
            empty(),
            InsertContent,
            file_uploads::complete,
        ),
        read("GET", "/v1/custom_emojis", bodies::emojis_query(), small::custom_emojis),
    ];
    routes.extend(data_source_routes());
    routes
}

fn data_source_routes() -> Vec<Route> {
    use Capability::{InsertContent, ReadContent, UpdateContent};
    use bodies::nothing_at_all as empty;
    let routes = vec![
        write("POST", "/v1/data_sources", bodies::create_data_source(), InsertContent, data_sources::create),
        read("GET", "/v1/data_sources/{data_source_id}", empty(), data_sources::get),
        write(
            "PATCH",
            "/v1/data_sources/{data_source_id}",
            bodies::update_data_source(),
            UpdateContent,
            data_sources::update,
        ),
        read("POST", "/v1/data_sources/{data_source_id}/query", empty(), query::by_data_source)
            .with_body(crate::schemas::filters::query())
            .filtering_properties(),
        read(
            "GET",
            "/v1/data_sources/{data_source_id}/templates",
            bodies::templates_query(),
            data_sources::templates,
        ),
        read("GET", "/v1/views", bodies::views_query(), views::list),
        write("POST", "/v1/views", schemas::views::create(), InsertContent, views::create),
        read("GET", "/v1/views/{view_id}", empty(), views::get),
        write("PATCH", "/v1/views/{view_id}", schemas::views::update(), UpdateContent, views::update),
        write("DELETE", "/v1/views/{view_id}", empty(), UpdateContent, views::delete),
        write(
            "POST",
            "/v1/views/{view_id}/queries",
            schemas::views::create_query(),
            ReadContent,
            view_queries::create_query,
        ),
        read("GET", "/v1/views/{view_id}/queries/{query_id}", bodies::list(), view_queries::query_results),
        write(
            "DELETE",
            "/v1/views/{view_id}/queries/{query_id}",
            empty(),
            ReadContent,
            view_queries::delete_query,
        ),
    ];
    routes.into_iter().map(|route| route.in_era(Era::DataSources)).collect()
}
