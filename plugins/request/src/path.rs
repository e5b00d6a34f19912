//! The path of a request, from what callers write to what Notion has.

use toolbay_sdk::notion::{NotionId, Object};
use toolbay_sdk::{Path, Problem};

/// Longer than any path of Notion's API.
const MAX_LENGTH: usize = 1_000;

/// Reads `/v1/...`; also without the first slash, with Notion's origin before it, or as `/v1/notion/...`, this tool's own
/// REST route. Ids are written the way Notion takes them.
pub(crate) fn read(text: &str) -> Result<Path, Problem> {
    let trimmed = text.trim();
    if trimmed.len() > MAX_LENGTH {
        return Err(
            Problem::invalid_input("The path is too long.").hint("Put parameters into `query` or `body`.")
        );
    }
    let opened = with_link_opened(trimmed)?;
    let trimmed = opened.as_deref().unwrap_or(trimmed);
    if trimmed.contains(['?', '#']) {
        return Err(Problem::invalid_input("The path carries a query or a fragment.")
            .hint("Give `path` without it, and the parameters in `query`, such as {\"page_size\": 100}."));
    }
    if trimmed.contains(['{', '}', '<', '>']) {
        return Err(Problem::invalid_input("The path still has a placeholder in it.")
            .hint("Put the id in its place; search finds ids."));
    }
    let below = trimmed.strip_prefix("https://api.notion.com").unwrap_or(trimmed);
    let below = below.strip_prefix('/').unwrap_or(below).trim_end_matches('/');
    let route = below.strip_prefix("v1/").ok_or_else(|| {
        Problem::invalid_input("The path does not start with `/v1/`.")
            .hint("Write a path of Notion's API, such as `/v1/pages/<id>` or `/v1/data_sources/<id>/query`.")
    })?;
    let route = route.strip_prefix("notion/").unwrap_or(route);
    let route = route.strip_prefix("v1/").unwrap_or(route);
    let path = Path::parse(&format!("/v1/{route}"))?;
    Ok(Path::from(path.segments().iter().map(|segment| as_id(segment)).collect::<Vec<_>>().as_slice()))
}

/// What the ids below a collection name.
const COLLECTIONS: [(&str, Object); 7] = [
    ("pages", Object::Page),
    ("databases", Object::Database),
    ("data_sources", Object::Database),
    // A page is a block too, and the one that its children are asked of.
    ("blocks", Object::Anything),
    ("views", Object::View),
    ("users", Object::Person),
    ("comments", Object::Comment),
];

/// What can follow an id.
const ENDINGS: [&str; 6] = ["/children", "/query", "/queries", "/markdown", "/move", "/templates"];

/// The path with the id in the place of a link of people's; none where there is no link. The collection says which of the
/// things that a link may name is meant.
fn with_link_opened(text: &str) -> Result<Option<String>, Problem> {
    let below = text.strip_prefix("https://api.notion.com/").unwrap_or(text);
    let hosts = ["http://", "https://", "notion.so/", "www.notion.so/", "notion.site/", "app.notion.com/"];
    let Some(start) = hosts.iter().filter_map(|host| below.find(host)).min() else { return Ok(None) };
    let (head, link) = below.split_at(start);
    let collection = head.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let Some((_, object)) = COLLECTIONS.iter().find(|(name, _)| *name == collection) else {
        return Err(Problem::invalid_input("The path is a link, not a path of Notion's API.").hint(
            "Write `/v1/pages/<id>`, `/v1/databases/<id>` or `/v1/blocks/<id>/children`, whichever is meant.",
        ));
    };
    let (link, ending) =
        ENDINGS.iter().find_map(|ending| Some((link.strip_suffix(ending)?, *ending))).unwrap_or((link, ""));
    Ok(Some(format!("{head}{}{ending}", object.decide(link)?)))
}

/// Notion refuses ids in upper case, and with a title before them; whatever is no id stays as it is.
fn as_id(segment: &str) -> String {
    let bare = segment.parse::<NotionId>();
    let titled =
        || segment.rsplit_once('-').map(|(_, id)| id).filter(|id| id.len() == 32)?.parse::<NotionId>().ok();
    bare.ok().or_else(titled).map_or_else(|| segment.to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

    #[test]
    fn each_way_to_write_a_path_means_the_same() {
        for text in [
            "/v1/pages/59833787-e2cf-4fdf-8782-e53db20768a5",
            "v1/pages/59833787e2cf4fdf8782e53db20768a5/",
            "/v1/notion/pages/59833787E2CF4FDF8782E53DB20768A5",
            "/v1/notion/v1/pages/59833787e2cf4fdf8782e53db20768a5",
            " https://api.notion.com/v1/pages/59833787e2cf4fdf8782e53db20768a5 ",
            "/v1/pages/Road-map-59833787e2cf4fdf8782e53db20768a5",
        ] {
            assert_eq!(read(text).and_then(|path| path.render()).expect(text), format!("/v1/pages/{ID}"));
        }
    }

    #[test]
    fn a_link_in_the_place_of_an_id_names_what_the_route_is_about() {
        let database = "11833787-e2cf-4fdf-8782-e53db20768a5";
        let peek = "https://www.notion.so/acme/11833787e2cf4fdf8782e53db20768a5?v=22833787e2cf4fdf8782e53db20768a5\
                    &p=59833787e2cf4fdf8782e53db20768a5&pm=s";
        for (text, path) in [
            (format!("/v1/pages/{peek}"), format!("/v1/pages/{ID}")),
            (format!("/v1/blocks/{peek}/children"), format!("/v1/blocks/{ID}/children")),
            (
                "v1/databases/www.notion.so/11833787e2cf4fdf8782e53db20768a5".to_owned(),
                format!("/v1/databases/{database}"),
            ),
        ] {
            assert_eq!(read(&text).and_then(|path| path.render()).expect(&text), path);
        }
    }

    #[test]
    fn an_escaped_property_id_stays_itself() {
        let path = read("/v1/pages/59833787e2cf4fdf8782e53db20768a5/properties/%3AUPp").expect("a path");
        assert_eq!(path.render().expect("text"), format!("/v1/pages/{ID}/properties/%3AUPp"));
    }

    #[test]
    fn what_is_no_path_of_notion_is_refused_with_a_hint() {
        for text in [
            "",
            "/",
            "/v1",
            "/pages",
            "/v2/pages",
            "/v1/users?page_size=1",
            "/v1/pages/{page_id}",
            "/v1/../admin",
            "/v1/%2e%2e/admin",
            "//evil.example/v1/pages",
            "https://evil.example/v1/pages",
            "https://api.notion.com.evil.example/v1/pages",
            "https://api.notion.com@evil.example/v1/pages",
            "/v1//pages",
            "https://www.notion.so/acme/Road-map-59833787e2cf4fdf8782e53db20768a5?p=1",
            "/v1/pages/https://evil.example/59833787e2cf4fdf8782e53db20768a5",
            "/v1/users/https://www.notion.so/Road-map-59833787e2cf4fdf8782e53db20768a5",
        ] {
            let problem = read(text).expect_err(text);
            assert!(problem.hint.is_some(), "{text}");
        }
    }
}
