//! What a caller reads who asks for a route that isn't in the table: what it probably meant.

use toolbay_kernel::gate::Method;
use toolbay_kernel::nearest::nearest;
use toolbay_kernel::{Code, Problem};

use super::path::{is_plain, normalise_id};
use super::table::{Entry, ROUTES};

/// The refusal of a request whose path is harmless but unknown.
pub(crate) fn unknown_route(method: Method, segments: &[String]) -> Problem {
    let shape = shape(segments);
    let asked = format!("{} {shape}", method.as_str());
    Problem::new(Code::Forbidden, format!("{asked} is not a route that tools may use"))
        .hint(hint(method, &shape))
}

/// The path with `{id}` for its ids, so that what is compared and printed is the route and not the object.
fn shape(segments: &[String]) -> String {
    let words = segments.iter().map(|segment| match segment.as_str() {
        id if normalise_id(id).is_some() => "{id}",
        word if is_plain(word) => word,
        _ => "{id}",
    });
    words.fold(String::new(), |path, word| path + "/" + word)
}

fn hint(method: Method, shape: &str) -> String {
    let words: Vec<&str> = shape.split('/').skip(1).collect();
    match (method, words.as_slice()) {
        (Method::Post, ["v1", "databases", _, "query"]) => {
            "rows are queried with POST /v1/data_sources/{data_source_id}/query; GET /v1/databases/{database_id} lists \
             the data sources of a database"
        }
        (_, ["v1", "databases"]) if method == Method::Get => {
            "databases are found with POST /v1/search and the filter {\"property\":\"object\",\"value\":\"data_source\"}"
        }
        (_, ["v1", "pages", _, "children"]) => {
            "a page's content is listed and appended to as a block: /v1/blocks/{page_id}/children"
        }
        (Method::Delete, ["v1", kind @ ("pages" | "databases" | "data_sources"), _]) => {
            return format!("to put it into the trash: PATCH /v1/{kind}/{{id}} with {{\"in_trash\": true}}");
        }
        (_, ["v1", "file_uploads", _, "send"]) => {
            "the bytes of a file can't be sent through here; POST /v1/file_uploads with mode external_url imports one"
        }
        (_, ["v1", "oauth", ..]) => "authorisation belongs to the host; tools never see a credential",
        (_, ["v1", "agents" | "sessions" | "threads" | "ai" | "external_agent_stub", ..]) => {
            "Notion's agents are not offered to tools"
        }
        (_, [first, ..]) if *first != "v1" => "every path begins with /v1/, such as /v1/pages/{page_id}",
        _ => return nearest_routes(shape),
    }
    .to_owned()
}

fn nearest_routes(shape: &str) -> String {
    let of_this_path: Vec<String> =
        ROUTES.iter().filter(|entry| generic(entry) == shape).map(display).collect();
    if !of_this_path.is_empty() {
        return format!("this path has {}", of_this_path.join(", "));
    }
    let paths: Vec<String> = ROUTES.iter().map(generic).collect();
    if let Some(near) = nearest(shape, paths.iter().map(String::as_str)) {
        let routes: Vec<String> = ROUTES.iter().filter(|entry| generic(entry) == near).map(display).collect();
        return format!("did you mean {}?", routes.join(" or "));
    }
    let mut areas: Vec<&str> = ROUTES.iter().filter_map(|entry| entry.template.split('/').nth(2)).collect();
    areas.dedup();
    format!("there are routes below /v1/ for {}", areas.join(", "))
}

fn display(entry: &Entry) -> String {
    format!("{} {}", entry.method.as_str(), entry.template)
}

fn generic(entry: &Entry) -> String {
    let words =
        entry.template.split('/').skip(1).map(|word| if word.starts_with('{') { "{id}" } else { word });
    words.fold(String::new(), |path, word| path + "/" + word)
}
